/**
 * Polish of the form editor. form-js has no translation of its own, but draws everything with preact, which tells of
 * every node
 * it makes: texts and titles of the table below become Polish there.
 */
import { options, type VNode } from 'preact';
import { languageOf } from '../i18n';

/** Palette, canvas, properties panel and its messages. */
export const FORM_WORDS: Record<string, string> = {
  '<empty>': '<puste>',
  '<none>': '<brak>',
  'A comma-separated list of': 'Lista po przecinku:',
  'A number is required.': 'Wpisz liczbę.',
  'A source is a JSON object containing metadata for a document or an array of documents.':
    'Źródłem jest obiekt JSON z danymi dokumentu albo lista takich obiektów.',
  Action: 'Działanie',
  'Add new': 'Dodaj kolejny',
  'Add properties directly to the form schema, useful to configure functionality in custom-built task applications and form renderers.':
    'Ustawienia dopisane do formularza, na przykład „process = true”: odpowiedź staje się zmienną procedury.',
  'Additional details are optional. The expected format is as follows:':
    'Inne dane są nieobowiązkowe. Oczekiwany zapis:',
  'All values selected': 'Wybrano wszystko',
  'Allow add/delete items': 'Można dodawać i usuwać pozycje',
  'Allow same origin': 'To samo źródło',
  'Allow the iframe to access more functionality of your browser, details regarding the various options can be found in the':
    'Co osadzonej stronie wolno w przeglądarce; znaczenie każdej zgody opisuje',
  'Allows arbitrary precision values': 'Zachowuje dowolną dokładność liczby',
  'Alternative text': 'Opis obrazu dla czytnika ekranu',
  Appearance: 'Wygląd',
  Auto: 'Sama',
  'Binds to a form variable': 'Pod tą nazwą zapisuje się odpowiedź',
  Bottom: 'Do dołu',
  Browse: 'Wybierz plik',
  'Build your form': 'Zbuduj formularz',
  Button: 'Przycisk',
  'Camera access': 'Kamera',
  Center: 'Do środka',
  Checkbox: 'Pole wyboru',
  'Checkbox group': 'Lista pól wyboru',
  Checked: 'Zaznaczone',
  'Clear content': 'Wyczyść',
  'Click to remove a dynamic value with FEEL expression': 'Zamień wyrażenie FEEL na zwykłą wartość',
  'Click to remove dynamic value with FEEL expression': 'Zamień wyrażenie FEEL na zwykłą wartość',
  'Click to remove sorting': 'Nie sortuj',
  'Click to set a dynamic value with FEEL expression': 'Zamień na wyrażenie FEEL',
  'Close popup': 'Zamknij okno',
  Collapse: 'Zwiń',
  Column: 'Kolumna',
  'Column 1': 'Kolumna 1',
  'Column 2': 'Kolumna 2',
  'Column 3': 'Kolumna 3',
  Columns: 'Szerokość w kolumnach',
  Components: 'Pola',
  'Compute on': 'Oblicz',
  Condition: 'Warunek',
  'Condition under which the field is deactivated': 'Kiedy pole jest nieaktywne',
  'Condition under which the field is hidden': 'Kiedy pole jest ukryte',
  Constraints: 'Ograniczenia',
  Containers: 'Grupy',
  Content: 'Treść',
  Create: 'Dodaj',
  'Create new list item': 'Dodaj pozycję listy',
  Custom: 'Własny',
  'Custom error message': 'Własny komunikat o błędzie',
  'Custom properties': 'Dopisane ustawienia',
  'Custom regular expression': 'Własny wzorzec (wyrażenie regularne)',
  'Data source': 'Źródło danych',
  Date: 'Data',
  'Date & Time': 'Data i godzina',
  'Date and time must both be entered.': 'Podaj i datę, i godzinę.',
  'Date label': 'Nazwa pola daty',
  'Date time': 'Data i godzina',
  'Deactivate if': 'Nieaktywne, gdy',
  'Decimal digits': 'Miejsca po przecinku',
  Decrement: 'Zmniejsz',
  'Default number of items': 'Ile pozycji na początku',
  'Default value': 'Wartość początkowa',
  'Define an expression to calculate the value of this field': 'Wyrażenie, które oblicza wartość pola',
  'Define an expression to populate the options from.': 'Wyrażenie, które daje odpowiedzi do wyboru.',
  'Define which input property to populate the values from': 'Zmienna, z której pochodzą odpowiedzi do wyboru',
  Delete: 'Usuń',
  'Delete item': 'Usuń pozycję',
  'Descriptive text for screen reader accessibility.': 'Tekst, który przeczyta czytnik ekranu.',
  'Disable collapse': 'Nie zwijaj listy',
  'Disable this field when it should not be interactive for end-users. Its data will not be submitted. This setting takes precedence over read-only.':
    'Pola nie da się wypełnić, a jego wartość nie zostanie wysłana. Ma pierwszeństwo przed „tylko do odczytu”.',
  Disabled: 'Nieaktywne',
  'Disallow past dates': 'Bez dat minionych',
  'Document preview': 'Podgląd dokumentu',
  'Document reference': 'Źródło dokumentu',
  'Document reference is not defined.': 'Nie podano źródła dokumentu.',
  'Documents whose height exceeds the defined value in pixels will be vertically scrollable':
    'Dokument wyższy niż tyle pikseli będzie przewijany',
  'Drag and drop components here to start designing.': 'Przeciągnij tutaj pierwsze pole.',
  'Drag and drop components here.': 'Przeciągnij pole tutaj.',
  'Drop is not a valid target': 'Tutaj nie można tego upuścić',
  'Drop not allowed by path registry': 'Inne pole zapisuje się już w tym miejscu',
  'Dynamic list': 'Lista powtarzana',
  'Dynamic options': 'Odpowiedzi z danych',
  'Each entry must include a document ID, name, and MIME type.':
    'Każda pozycja ma identyfikator, nazwę i typ MIME dokumentu.',
  Email: 'Adres e-mail',
  'Enter a HTTPS URL to a source or populate it dynamically via a template or an expression (e.g., to pass a value from the variable).':
    'Adres HTTPS strony albo szablon lub wyrażenie, które go daje (na przykład ze zmiennej).',
  'Enter a form input variable that contains the data for the table or define an expression to populate the data dynamically.':
    'Zmienna z danymi tabeli albo wyrażenie, które je daje.',
  Expression: 'Wyrażenie',
  'Expression is empty': 'Wyrażenie jest puste',
  'Expression or static value (link/data URI)': 'Wyrażenie albo wartość (odnośnik lub data URI)',
  "External content couldn't be loaded.": 'Nie udało się wczytać treści z zewnątrz.',
  'FEEL expression is mandatory': 'Tu musi stać wyrażenie FEEL',
  'Field description': 'Objaśnienie pola',
  'Field is required.': 'To pole jest wymagane.',
  'Field label': 'Nazwa pola',
  'Field must be a valid  international phone number. (e.g. +4930664040900)':
    'Wpisz numer telefonu z kierunkowym kraju, na przykład +48221234567.',
  'Field must be a valid email.': 'Wpisz adres e-mail.',
  'File picker': 'Załącznik',
  'For security reasons the URL must start with "https".': 'Ze względu na bezpieczeństwo adres zaczyna się od „https”.',
  Form: 'Formularz',
  'Form submission': 'Wysyłanie formularza',
  'Forms submission': 'Wysyłanie formularzy',
  General: 'Ogólne',
  Geolocation: 'Położenie',
  Group: 'Grupa pól',
  'Group label': 'Nazwa grupy',
  'HTML view': 'Treść HTML',
  'Header items': 'Nagłówki',
  'Headers source': 'Źródło nagłówków',
  Height: 'Wysokość',
  'Height of the container in pixels.': 'Wysokość w pikselach.',
  'Hide if': 'Ukryte, gdy',
  'Html view is empty': 'Treść HTML jest pusta',
  'Html view is populated by an expression': 'Treść HTML daje wyrażenie',
  'Html view is templated': 'Treść HTML jest szablonem',
  ID: 'Identyfikator',
  'Image source': 'Źródło obrazu',
  'Image view': 'Obraz',
  Increment: 'Zwiększ',
  Input: 'Pola do wypełnienia',
  'Input data': 'Z danych',
  'Input values key': 'Nazwa zmiennej z odpowiedziami',
  Key: 'Klucz',
  Label: 'Nazwa',
  Layout: 'Układ',
  'Learn more': 'Więcej',
  'Learn more in our': 'Więcej opisuje',
  'Link referring to a hosted image, or use a data URI directly to embed image data into the form.':
    'Odnośnik do obrazu albo cały obraz jako data URI.',
  'List of items': 'Lista pozycji',
  'MDN iFrame documentation.': 'opis ramki w MDN.',
  'Make this field read-only when it cannot be edited by the end-user, but its content is important for them to see. Its data will still be submitted.':
    'Pole widać, ale nie da się go zmienić. Jego wartość zostanie wysłana.',
  'Max height of preview container': 'Największa wysokość podglądu',
  'Max validation value is not a valid number.': 'Największa wartość nie jest liczbą.',
  Maximum: 'Najwięcej',
  'Maximum length': 'Najwięcej znaków',
  'Microphone access': 'Mikrofon',
  'Min validation value is not a valid number.': 'Najmniejsza wartość nie jest liczbą.',
  Minimum: 'Najmniej',
  'Minimum length': 'Najmniej znaków',
  'Multiple form fields are selected. Select a single form field to edit its properties.':
    'Wybrano kilka pól. Wybierz jedno, aby zmienić jego ustawienia.',
  'Must be a valid QName.': 'Zacznij od litery; dalej litery, cyfry, „-” i „_”.',
  'Must be a variable or a dot separated path.': 'Podaj nazwę zmiennej albo ścieżkę z kropkami.',
  'Must be a variable or a dot-separated path': 'Podaj nazwę zmiennej albo ścieżkę z kropkami',
  'Must be empty, a variable or a dot-separated path': 'Zostaw puste albo podaj nazwę zmiennej lub ścieżkę z kropkami',
  'Must be number': 'Wpisz liczbę',
  'Must be unique.': 'Ta nazwa jest już zajęta.',
  'Must not be a prohibited path.': 'Tej nazwy nie wolno użyć.',
  'Must not be empty': 'Nie może być puste',
  'Must not be empty.': 'Nie może być puste.',
  'Must not cause two binding paths to collide': 'Dwa pola zapisywałyby się w tym samym miejscu',
  'Must not conflict with other key/path assignments.': 'Inne pole zapisuje się już w tym miejscu.',
  'Must not contain numerical path segments.': 'Część ścieżki nie może być liczbą.',
  'Must not contain prefix.': 'Bez przedrostka.',
  'Must not contain spaces.': 'Bez spacji.',
  Name: 'Nazwa',
  'Next page': 'Następna strona',
  'No associated form field in the registry': 'Tego pola nie ma w formularzu',
  'No components found.': 'Nie ma takiego pola.',
  'No content to show.': 'Nie ma treści do pokazania.',
  'No files selected': 'Nie wybrano pliku',
  'No results': 'Nic nie znaleziono',
  'No timezone': 'Bez strefy czasowej',
  'Not all external sources can be displayed in the iFrame. Read more about it in the':
    'Nie każdą stronę da się tu pokazać; dlaczego, wyjaśnia',
  'Not checked': 'Niezaznaczone',
  'Nothing to show.': 'Nie ma nic do pokazania.',
  Number: 'Liczba',
  'Number of non-collapsing items': 'Ile pozycji widać zawsze',
  'Number of rows per page': 'Ile wierszy na stronie',
  'Open documentation': 'Otwórz objaśnienie',
  'Open in fullscreen': 'Cały ekran',
  'Open modal windows': 'Okna dialogowe',
  'Open pop-up editor': 'Otwórz w większym oknie',
  'Open popups': 'Nowe okna',
  'Opened in editor': 'Otwarte w oknie',
  'Opened in popup': 'Otwarte w oknie',
  'Options expression': 'Wyrażenie z odpowiedziami',
  'Options source': 'Skąd odpowiedzi do wyboru',
  'Output as string': 'Zapisz jako tekst',
  Pagination: 'Podział na strony',
  Path: 'Ścieżka',
  Phone: 'Telefon',
  'Please make sure that the URL is safe as it might impose security risks.':
    'Upewnij się, że adres jest bezpieczny: obca strona bywa groźna.',
  'Powered by bpmn.io': 'Działa dzięki bpmn.io',
  Prefix: 'Przed polem',
  Presentation: 'Teksty i obrazy',
  'Previous page': 'Poprzednia strona',
  'Radio group': 'Jedna z odpowiedzi',
  'Read only': 'Tylko do odczytu',
  'Remove form field': 'Usuń pole',
  'Remove tag': 'Usuń wybór',
  Repeatable: 'Powtarzane',
  Required: 'Wymagane',
  Reset: 'Wyczyść formularz',
  'Routes the children of this component into a form variable, may be left empty to route at the root level.':
    'Zmienna, w której zapisują się pola tej grupy; puste: bezpośrednio w formularzu.',
  'Routes the children of this component into a form variable.': 'Zmienna, w której zapisują się pola tej grupy.',
  'Save and close': 'Zapisz i zamknij',
  'Script execution': 'Skrypty',
  Search: 'Szukaj',
  'Search components': 'Szukaj pola',
  Searchable: 'Z wyszukiwaniem',
  'Section contains an error': 'W tej części jest błąd',
  'Section contains edits': 'W tej części są zmiany',
  'Security attributes': 'Zgody bezpieczeństwa',
  Select: 'Lista rozwijana',
  'Select a form field to edit its properties.': 'Wybierz pole, aby zmienić jego ustawienia.',
  Selection: 'Pola wyboru',
  Separator: 'Linia',
  Serialization: 'Zapis',
  'Should be a valid number': 'Wpisz liczbę',
  'Should be a valid number.': 'Wpisz liczbę.',
  'Should be an integer.': 'Wpisz liczbę całkowitą.',
  'Should be greater than or equal to zero.': 'Wpisz zero albo więcej.',
  'Should be greater than zero.': 'Wpisz więcej niż zero.',
  'Show outline': 'Pokaż obramowanie',
  'Skip to search': 'Przejdź do wyszukiwania',
  Spacer: 'Odstęp',
  'Specify an expression to populate column items': 'Wyrażenie, które daje kolumny',
  'Specify the source from which to populate the table': 'Skąd pochodzą dane tabeli',
  Static: 'Stałe',
  'Static options': 'Odpowiedzi do wyboru',
  'Storage access by user': 'Pamięć przeglądarki',
  Submit: 'Wyślij',
  Subtract: 'Odejmij',
  Add: 'Dodaj',
  Subtype: 'Odmiana',
  Suffix: 'Za polem',
  'Supported file formats': 'Dozwolone rodzaje plików',
  'Supports HTML, styling, and templating. Styles are automatically scoped to the HTML component.':
    'HTML ze stylami i szablonami. Style dotyczą tylko tej treści.',
  'Supports markdown and templating.': 'Zapis markdown i szablony.',
  'Syntax Error': 'Błąd zapisu',
  Table: 'Tabela',
  'Table label': 'Nazwa tabeli',
  'Tag list': 'Kilka odpowiedzi',
  'Target value': 'Wartość',
  Text: 'Tekst',
  'Text area': 'Dłuższy tekst',
  'Text field': 'Krótki tekst',
  'Text view': 'Tekst do przeczytania',
  'Text view is empty': 'Tekst jest pusty',
  'Text view is populated by an expression': 'Tekst daje wyrażenie',
  'Text view is templated': 'Tekst jest szablonem',
  'The built-in phone validation pattern is based on the E.164 standard with no spaces. Ex: +491234567890':
    'Numer telefonu według E.164, bez spacji, na przykład +48221234567',
  'The document data source is required.': 'Podaj źródło dokumentu.',
  'The error message to display when the input does not match the regular expression.':
    'Co powiedzieć, gdy odpowiedź nie pasuje do wzorca.',
  'The expression may result in an array of simple values or alternatively follow this schema:':
    'Wyrażenie daje listę prostych wartości albo listę w tym zapisie:',
  'The input property may be an array of simple values or alternatively follow this schema:':
    'Zmienna jest listą prostych wartości albo listą w tym zapisie:',
  'These options can incur security risks, especially if used in combination with dynamic links. Ensure that you are aware of them, that you trust the source url and only enable what your use case requires.':
    'Te zgody bywają niebezpieczne, zwłaszcza gdy adres się zmienia. Włącz tylko to, czego potrzebujesz, i tylko dla stron, którym ufasz.',
  'This is an image placeholder': 'Tu będzie obraz',
  Time: 'Godzina',
  'Time format': 'Zapis godziny',
  'Time interval': 'Co ile minut',
  'Time label': 'Nazwa pola godziny',
  Title: 'Tytuł',
  'Toggle list item': 'Rozwiń albo zwiń pozycję',
  'Toggle section': 'Rozwiń albo zwiń',
  Top: 'Do góry',
  'Top level navigation': 'Przejście na inną stronę',
  Type: 'Rodzaj',
  URL: 'Adres',
  'UTC normalized': 'Przeliczona na UTC',
  'UTC offset': 'Z przesunięciem od UTC',
  'Unable to download document': 'Nie udało się pobrać dokumentu',
  'Unparsable FEEL expression.': 'Tego wyrażenia FEEL nie da się odczytać.',
  'Upload multiple files': 'Kilka plików',
  'Use 24h': 'Zegar 24-godzinny',
  'Use a unique "key" to link the form element and the related input/output data. When dealing with nested data, break it down in the user task\'s input mapping before using it.':
    'Klucz łączy pole z jego danymi i jest w formularzu jedyny.',
  'Use the preview window to test your form.': 'Formularz wypróbujesz w zakładce „Wypróbuj”.',
  Validation: 'Sprawdzanie',
  'Validation pattern': 'Wzorzec',
  Value: 'Wartość',
  'Value changes': 'Gdy zmieni się wartość',
  'Value must be a number.': 'Wpisz liczbę.',
  Values: 'Odpowiedzi',
  'Version tag': 'Znacznik wersji',
  'Version tag by which this form can be referenced.': 'Pod tym znacznikiem można wskazać formularz.',
  'Vertical alignment': 'Ustawienie w pionie',
  'Web-based tooling for BPMN, DMN, and forms powered by': 'Narzędzia do BPMN, DMN i formularzy:',
  'When using Camunda Tasklist UI, additional document reference attributes are automatically handled. Modifying the document reference may affect the document preview functionality.':
    'Zmiana źródła dokumentu może wyłączyć jego podgląd.',
  'Where the child variables of this component are pathed to.': 'Gdzie zapisują się pola tej grupy.',
  'X-FRAME-OPTIONS documentation': 'opis X-FRAME-OPTIONS',
  documentation: 'opis',
  'file type specifiers': 'rozszerzenia lub typy plików',
  iFrame: 'Osadzona strona',
  'hh:mm': 'gg:mm',
  'hh:mm --': 'gg:mm',
};

/** Texts that hold a number or a name; a name is put into Polish, too, where it has words. */
const PATTERNS: [RegExp, (found: string[]) => string][] = [
  [/^Create an? (.+) element$/, ([, name]) => `Dodaj: ${wordsOf(name)}`],
  [/^Remove list item (\d+)$/, ([, n]) => `Usuń pozycję ${n}`],
  [/^Remove (.+)$/, ([, name]) => `Usuń: ${wordsOf(name)}`],
  [/^List contains (\d+) items?$/, ([, n]) => `Pozycji na liście: ${n}`],
  [/^Value (\d+)$/, ([, n]) => `Wartość ${n}`],
  [/^Expression for '(.+)'$/, ([, key]) => `Wyrażenie pola ${key}`],
  [/^Maximum (\d+) columns are allowed$/, ([, n]) => `Najwięcej kolumn: ${n}`],
  [/^Minimum (\d+) columns are allowed$/, ([, n]) => `Najmniej kolumn: ${n}`],
  [/^Maximum (\d+) fields per row are allowed$/, ([, n]) => `Najwięcej pól w wierszu: ${n}`],
  [/^New value exceeds the maximum of (\d+) columns per row$/, ([, n]) => `Wiersz ma najwyżej ${n} kolumn`],
  [/^Should be at least (.+?)\.?$/, ([, n]) => `Wpisz co najmniej ${n}.`],
  [/^Should be at most (.+?)\.?$/, ([, n]) => `Wpisz najwyżej ${n}.`],
  [/^Should not contain more than (\d+) decimal digits\.?$/, ([, n]) => `Miejsc po przecinku najwyżej: ${n}.`],
  [/^Click to sort by (.+) ascending$/, ([, name]) => `Sortuj rosnąco: ${name}`],
  [/^Click to sort by (.+) descending$/, ([, name]) => `Sortuj malejąco: ${name}`],
  [/^Expand all \((\d+)\)$/, ([, n]) => `Rozwiń wszystkie (${n})`],
  [/^(\d+) files selected$/, ([, n]) => `Wybrane pliki: ${n}`],
  [/^Download (.+)$/, ([, name]) => `Pobierz ${name}`],
  [/^Field must have maximum length of (\d+)\.$/, ([, n]) => `Najwięcej znaków: ${n}.`],
  [/^Field must have minimum length of (\d+)\.$/, ([, n]) => `Najmniej znaków: ${n}.`],
  [/^Field must have maximum value of (.+)\.$/, ([, n]) => `Wpisz najwyżej ${n}.`],
  [/^Field must have minimum value of (.+)\.$/, ([, n]) => `Wpisz co najmniej ${n}.`],
  [/^Field must match pattern (.+)\.$/, ([, pattern]) => `Odpowiedź ma pasować do wzorca ${pattern}.`],
  [
    /^Please select a valid value, the two nearest valid values are (.+) and (.+)\.$/,
    ([, one, other]) => `Wybierz ${one} albo ${other}.`,
  ],
  // Two long explanations of where options come from; form-js keeps each in one text with line breaks.
  [
    /^"(?:Static|List of items)" defines a constant, predefined set of form options\.\s*$/,
    () => '„Stałe”: odpowiedzi wpisane w formularzu.\n\n',
  ],
  [
    /^"Input data" defines options that are populated dynamically, adjusting based on variable data .+$/s,
    () => '„Z danych”: odpowiedzi ze zmiennej procedury.\n\n',
  ],
  [
    /^"Expression" defines options that are populated from a FEEL expression\.\s*$/,
    () => '„Wyrażenie”: odpowiedzi z wyrażenia FEEL.',
  ],
  [
    /^"List of items" defines a constant, predefined set of form options\. "Expression" defines options .+$/s,
    () => '„Lista pozycji”: kolumny wpisane w formularzu. „Wyrażenie”: kolumny z wyrażenia FEEL.',
  ],
];

function wordsOf(text: string | undefined): string {
  return formWords(text ?? '') ?? text ?? '';
}

/** Null for a text that form-js does not say of itself. */
export function formWords(text: string): string | null {
  const plain = text.trim();
  const known = Object.hasOwn(FORM_WORDS, plain) ? FORM_WORDS[plain] : undefined;
  if (known !== undefined) return text.replace(plain, () => known);
  for (const [pattern, words] of PATTERNS) {
    const found = pattern.exec(text);
    if (found !== null) return words([...found]);
  }
  return null;
}

const NAMED = ['title', 'placeholder', 'aria-label', 'aria-description', 'alt', 'label'] as const;
/** Shorter texts may be somebody's own words in a form that is filled in elsewhere on the page. */
const SENTENCE = 30;
let editors = 0;

/** While an editor stands, its single words are put into Polish, too; returns how to let go of it. */
export function speakPolish(): () => void {
  editors += 1;
  return () => (editors -= 1);
}

const said = (text: string) => (editors > 0 || text.length > SENTENCE ? (formWords(text) ?? text) : text);

function put(vnode: VNode): void {
  if (!Object.hasOwn(vnode.props, 'children') && typeof vnode.type !== 'string') return;
  const props = vnode.props as Record<string, unknown>;
  const { children } = props;
  if (typeof children === 'string') props['children'] = said(children);
  else if (Array.isArray(children)) {
    props['children'] = children.map((one: unknown) => (typeof one === 'string' ? said(one) : one));
  }
  if (typeof vnode.type !== 'string') return;
  for (const name of NAMED) {
    const text = props[name];
    if (typeof text === 'string') props[name] = said(text);
  }
}

const before = options.vnode?.bind(options);
options.vnode = (vnode) => {
  if (languageOf() === 'pl') put(vnode);
  before?.(vnode);
};

type Field = Record<string, unknown> & { values?: Field[]; columns?: Field[] };
type Services = { get: (name: string) => unknown };
type Factory = { create: (attrs: Field, isNew?: boolean) => Field };
type Modeling = { editFormField: (field: Field, property: unknown, value?: unknown) => unknown };
const LABELS = ['label', 'dateLabel', 'timeLabel', 'text'] as const;

/** What a new field or a new answer is called until somebody names it; it is written into the form. */
export function nameInPolish(editor: Services): void {
  if (languageOf() !== 'pl') return;
  const factory = editor.get('fieldFactory') as Factory;
  const create = factory.create.bind(factory);
  factory.create = (attrs, isNew) => {
    const field = create(attrs, isNew);
    if (attrs['id'] === undefined) rename(field, attrs);
    return field;
  };
  const modeling = editor.get('modeling') as Modeling;
  const edit = modeling.editFormField.bind(modeling);
  modeling.editFormField = (field, property, value) => {
    const known = new Set((field.values ?? []).map((one) => one['label']));
    if (String(property) === 'values' && Array.isArray(value)) {
      value = (value as Field[]).map((one) => {
        const isNew = /^Value( \d+)?$/.test(String(one['label'])) && !known.has(one['label']);
        return isNew ? { ...one, label: wordsOf(String(one['label'])) } : one;
      });
    }
    return edit(field, property, value);
  };
}

function rename(field: Field, given: Field): void {
  for (const name of LABELS) {
    const label = field[name];
    if (given[name] === undefined && typeof label === 'string') field[name] = wordsOf(label);
  }
  for (const list of ['values', 'columns'] as const) {
    if (given[list] === undefined) field[list]?.forEach((one) => rename(one, {}));
  }
}
