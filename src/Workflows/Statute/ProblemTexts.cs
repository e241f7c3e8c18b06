using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Workflows.Engine.Decisions;
using Workflows.Engine.Forms;
using Workflows.Engine.Model;

namespace Workflows.Statute;

/// <summary>
/// The problems of the engine, whose own words are English, in the words of an author of procedures. A problem is known
/// by a fragment of its sentence; a test holds the fragments to the sentences.
/// </summary>
public static class ProblemTexts
{
    /// <param name="Fragment">Part of the engine's sentence that no other has.</param>
    /// <param name="Property">What of the element is meant.</param>
    internal sealed record Known(string Fragment, string Code, string? Property, string Message);

    internal static readonly ImmutableArray<Known> OfDiagrams =
    [
        new("Expected an id that no other element has", "id-twice", "id",
            "Ten identyfikator ma już inny element. Nadaj inny."),
        new("Expected an id of at most", "id-long", "id", "Identyfikator jest za długi. Skróć go."),
        new("marked isExecutable=", "not-executable", "isExecutable",
            "Proces jest oznaczony jako niewykonywalny i nie zostanie uruchomiony. Oznacz go jako wykonywalny."),
        new("Expected at least one executable process", "no-process", null,
            "W pliku nie ma wykonywalnego procesu. Dodaj proces."),
        new("flow nodes in a file", "too-many", null,
            "Diagram ma za dużo elementów. Przenieś część do osobnej procedury i ją wywołaj."),
        new("Expected the root element", "no-bpmn", null, "To nie jest diagram BPMN 2.0. Wczytaj plik BPMN 2.0."),
        new("to have a start event, but it has none", "no-start", null, "Procedura nie ma początku. Dodaj go."),
        new("at most one start event without", "two-starts", null,
            "Procedura ma więcej niż jeden zwykły początek. Zostaw jeden albo niech drugi czeka na wiadomość."),
        new("of the embedded sub-process", "start-waits", "event",
            "Początek podprocesu nie może na nic czekać. Zrób z niego zwykły początek."),
        new("Expected exactly one start event", "start-count", null, "Podproces ma mieć dokładnie jeden początek."),
        new("error start event to interrupt", "error-interrupts", "isInterrupting",
            "Obsługa błędu zawsze przerywa. Włącz przerywanie albo użyj sygnału (eskalacji)."),
        new("Expected no sequence flow at event sub-process", "flow-at-event", null,
            "Podproces zdarzeniowy nie ma przejść. Usuń przejście, które do niego prowadzi albo z niego wychodzi."),
        new("to stay inside one process or sub-process", "flow-leaves", null,
            "Przejście wychodzi poza podproces. Połącz elementy tego samego poziomu."),
        new("which nothing may enter", "flow-target", "target",
            "Przejście prowadzi do zdarzenia, do którego nic nie może wejść. Poprowadź je gdzie indziej."),
        new("Expected nothing after end event", "after-end", "source",
            "Za końcem nie może nic być. Usuń przejście albo zamień koniec na zdarzenie pośrednie."),
        new("to name a flow node of this process", "flow-end", null,
            "Przejście nie jest połączone z obu stron. Połącz je jeszcze raz."),
        new("so its condition is never tried", "default-condition", "condition",
            "To przejście domyślne, więc jego warunek nie jest sprawdzany. Usuń warunek."),
        new("Expected no condition on flow", "condition-place", "condition",
            "Warunek może stać tylko na przejściu z wyboru jednej drogi albo z kroku. Dodaj przed nim wybór."),
        new("Expected a condition on flow", "no-condition", "condition",
            "Z wyboru wychodzi przejście bez warunku. Dodaj warunek albo zrób z niego przejście domyślne."),
        new("Correct it, or write FEEL", "timer", "timer",
            "Nie da się odczytać czasu tego zdarzenia. Popraw go albo wpisz wyrażenie po znaku =."),
        new("to have a correlation key", "no-key", "message",
            "Wiadomość nie mówi, której sprawy dotyczy. Ustaw klucz, zwykle =caseNo."),
        new("to name a message, but messageRef is absent", "no-message", "message",
            "Krok ma czekać na wiadomość, ale jej nie wskazuje. Wybierz wiadomość."),
        new("to have a code, but it has none", "no-code", "code",
            "Błąd albo sygnał nie ma kodu. Wybierz taki, który ma kod."),
        new("but found a timeDuration", "start-timer", "timer",
            "Początek procedury o czasie potrzebuje daty albo cyklu, a nie okresu. Zmień to."),
        new("to fire once, but found a timeCycle", "timer-cycle", "timer",
            "To zdarzenie zachodzi raz, więc nie może mieć cyklu. Wpisz okres albo datę."),
        new("to be attached to an activity beside it", "boundary-host", "attachedTo",
            "Zdarzenie nie jest przypięte do kroku. Przypnij je do kroku tego samego poziomu."),
        new("error boundary event", "error-interrupts", "cancelActivity",
            "Obsługa błędu zawsze przerywa krok. Włącz przerywanie albo użyj sygnału (eskalacji)."),
        new("is a further one. Remove it or give it another code", "code-twice", "code",
            "Dwa zdarzenia przy tym kroku łapią to samo. Usuń jedno albo zmień jego kod."),
        new("Expected at least two flows out of event-based gateway", "event-gateway", null,
            "Czekanie na pierwsze zdarzenie potrzebuje co najmniej dwóch zdarzeń. Dodaj je."),
        new("to lead to a", "event-gateway-target", null,
            "Za czekaniem na pierwsze zdarzenie mogą stać tylko zdarzenia. Wstaw tam zdarzenie."),
        new("to be entered only from event-based gateway", "event-gateway-only", null,
            "Do tego zdarzenia można wejść tylko z czekania na pierwsze zdarzenie. Dodaj osobne zdarzenie."),
        new("to have an inputCollection or a", "loop", "loop", "Powtarzanie nie mówi, dla czego. Wskaż listę."),
        new("Expected outputCollection and outputElement", "loop-output", "loop",
            "Wynik powtarzania wymaga listy i jej elementu. Ustaw oba albo żadne."),
        new("to have no multi-instance", "loop-event", "loop",
            "Podproces zdarzeniowy nie może się powtarzać. Wstaw powtarzanie do środka."),
        new("No path leads from a start event", "unreachable", null,
            "Do tego kroku nie prowadzi żadna droga. Połącz go albo usuń."),
        new("Expected the default flow to leave", "default-flow", "default",
            "Przejście domyślne nie wychodzi z tego elementu. Wskaż jedno z jego przejść."),
        new("Expected a form of its own", "embedded-form", "form",
            "Formularz wpisany w diagram nie będzie pokazany. Zapisz go jako plik i wskaż jego identyfikator."),
        new("reminders of ", "reminders", "reminders", "Nie da się odczytać drabinki przypomnień. Popraw ją."),
        new("Expected a script in FEEL", "script", "script", "Obliczenie musi być wyrażeniem FEEL. Zapisz je w FEEL."),
        new("Expected a resultVariable", "result", "resultVariable", "Wynik tabeli nie ma nazwy. Nadaj ją."),
        new("Expected the id of the process to call", "no-called", "calledElement",
            "Krok nie mówi, którą procedurę wywołuje. Wskaż ją."),
        new("waits for, but found no event definition", "no-event", "event",
            "Zdarzenie nie mówi, na co czeka. Wybierz: czas, wiadomość, błąd albo sygnał."),
        new("Expected exactly one of timeDate", "timer", "timer", "Ustaw jeden czas: datę, okres albo cykl."),
        new("Expected the message this event waits for", "no-message", "message",
            "Zdarzenie nie mówi, na którą wiadomość czeka. Wybierz wiadomość."),
        new("Expected messageRef to name a message", "no-message", "message",
            "Takiej wiadomości nie ma w pliku. Wybierz inną."),
        new("Expected message ", "message-name", "message", "Wiadomość nie ma nazwy. Nadaj ją."),
        new("Expected escalationRef to name", "no-escalation", "code", "Takiego sygnału nie ma w pliku. Wybierz inny."),
        new("Expected errorRef to name", "no-error", "code", "Takiego błędu nie ma w pliku. Wybierz inny."),
        new("Expected an element this engine executes", "not-executed", null,
            "Tego elementu silnik nie wykonuje. Zastąp go innym."),
        new("expression language of another engine", "feel", "expression",
            "To wyrażenie innego silnika. Zapisz je w FEEL, na przykład =wiek > 18."),
        new("Expected FEEL in ", "feel", "expression", "To nie jest poprawne wyrażenie FEEL"),
        new("is kept, but not ", "foreign", null,
            "Diagram zawiera dodatek innego programu. Zostanie w pliku, ale nic nie robi."),
        new("more kinds of foreign content", "foreign", null,
            "Diagram zawiera wiele dodatków innych programów. Zostaną w pliku, ale nic nie robią."),
        new("Expected bindingType", "binding", "binding", "Wiązanie ma być: wdrożenie (deployment)."),
        new("Expected a versionTag", "binding", "binding", "Wiązanie z wersją wymaga jej oznaczenia. Wpisz je."),
        new("Expected a source and a target in every", "mapping", "mapping",
            "Przekazanie danych nie ma źródła albo celu. Uzupełnij je."),
        new("Say which job", "no-job", "job", "Zadanie systemu nie mówi, jaką pracę wykonuje. Wybierz ją."),
        new("Expected well-formed XML", "xml", null, "Pliku nie da się odczytać: nie jest poprawnym XML."),
        new("document type definition", "xml", null, "Plik zawiera definicję DTD, której nie przyjmujemy. Usuń ją."),
        new("Split the model", "too-large", null, "Plik jest za duży albo zbyt zagnieżdżony. Podziel go."),
        new("UTF-8", "xml", null, "Plik nie jest zapisany w UTF-8. Zapisz go w UTF-8."),
    ];

    public static ProcedureProblem OfModel(string file, ModelProblem problem)
    {
        var element = problem.ElementId.Length == 0 ? null : problem.ElementId;
        var known = OfDiagrams.FirstOrDefault(one => problem.Message.Contains(one.Fragment, StringComparison.Ordinal));
        if (known is null)
        {
            return new(problem.Severity, file, element, null, "engine",
                $"Silnik nie przyjmuje tego elementu. Jego słowa: {problem.Message}");
        }
        var message = known.Code == "feel" && known.Message[^1] != '.'
            ? known.Message + Place(problem.Message)
            : known.Message;
        var property = problem.Message.Contains("conditionExpression", StringComparison.Ordinal)
            ? "condition"
            : known.Property;
        return new(problem.Severity, file, element, property, known.Code, message);
    }

    /// <summary>Where in the expression, and the expression.</summary>
    static string Place(string message)
    {
        var match = Regex.Match(
            message, "at character (?<at>[0-9]+) of '(?<text>[^']*)'",
            RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);
        return match.Success
            ? $": znak {match.Groups["at"].Value} w „{match.Groups["text"].Value}”. Popraw je."
            : ". Popraw je.";
    }

    public static ProcedureProblem OfForm(string file, FormProblem problem) => new(
        ProblemSeverity.Error, file, problem.ComponentId.Length == 0 ? null : problem.ComponentId, problem.Key, "form",
        FormWords(problem.Message));

    /// <summary>By a fragment of the engine's sentence.</summary>
    static readonly ImmutableArray<(string Fragment, string Message)> OfForms =
    [
        ("not readable JSON", "Formularza nie da się odczytać: nie jest poprawnym JSON."),
        ("has no id", "Formularz nie ma identyfikatora. Nadaj go."),
        ("is already used", "Ten klucz ma już inne pole. Nadaj inny klucz."),
        ("needs a key", "Pole nie ma klucza. Nadaj klucz."),
        ("is not one of form-js", "Takiego rodzaju pola nie ma. Wybierz inny."),
        ("is not FEEL", "Warunek pola nie jest poprawnym wyrażeniem FEEL. Popraw go."),
        ("must be FEEL", "Wartość początkowa pola nie jest poprawnym wyrażeniem FEEL. Popraw ją."),
        ("process variable", "Wolny tekst, nazwiska i PESEL nie mogą sterować procedurą. Wyłącz to w polu."),
        ("A choice needs", "Wybór nie ma odpowiedzi. Dodaj je."),
        ("pattern", "Wzorca pola nie da się sprawdzić. Uprość go."),
    ];

    static string FormWords(string message) =>
        OfForms.FirstOrDefault(one => message.Contains(one.Fragment, StringComparison.Ordinal)).Message
        ?? $"Formularz wymaga poprawy. Słowa silnika: {message}";

    /// <summary>What keeps a running case from going on, by a fragment of the engine's sentence.</summary>
    internal static readonly ImmutableArray<(string Fragment, string Message)> OfRuns =
    [
        ("flows leaving", "Żadna z dróg za tym krokiem nie ma spełnionego warunku. Dodaj drogę domyślną."),
        ("Flow '", "Warunku drogi za tym krokiem nie da się obliczyć: brakuje danych albo są innego rodzaju."),
        ("without a wait state", "Kroki powtarzają się bez końca. Wstaw w tę pętlę zadanie, czas albo wiadomość."),
        ("has no start event to begin with", "Podproces nie ma początku. Dodaj go."),
        ("Decision '", "Tabela decyzji nie daje wyniku dla tych odpowiedzi. Dodaj wiersz, który je obejmuje."),
        ("no deployed decision", "Nie ma tabeli decyzji, o którą pyta ten krok. Wskaż inną."),
        ("no deployed process", "Nie ma procedury, którą wywołuje ten krok. Wskaż inną."),
        ("processes call each other", "Procedury wywołują się nawzajem bez końca. Przerwij to koło."),
        ("called process ended with the error", "Wywołana procedura skończyła się błędem, którego nikt nie obsługuje."),
        ("Error code:", "Kodu błędu nie da się obliczyć. Popraw wyrażenie."),
        ("that catches the error", "Tego błędu nikt nie obsługuje. Dodaj przy kroku obsługę błędu."),
        ("Escalation of '", "Kodu sygnału nie da się obliczyć. Popraw wyrażenie."),
        ("number of retries", "Liczba prób zadania systemu nie jest liczbą całkowitą. Popraw ją."),
        ("No more retries left", "Zadanie systemu nie powiodło się i nie ma już prób."),
        ("The job type '", "Zadanie systemu nie mówi, jaką pracę wykonuje. Wybierz ją."),
        ("Mapping to '", "Nie da się przekazać danych tego kroku: brakuje ich albo są innego rodzaju."),
        ("Expected the variable 'caseNo'", "Ta procedura działa w sprawie: podaj w danych początku caseNo."),
        ("to be the number of a case", "Nie ma sprawy o podanym numerze (caseNo)."),
        ("Expected no start data but", "Ta procedura zaczyna się bez innych danych niż numer sprawy."),
    ];

    /// <summary>A text of the engine about a running case in Polish; a Polish text stays as it is.</summary>
    public static string OfRun(string message)
    {
        if (OfRuns.FirstOrDefault(one => message.Contains(one.Fragment, StringComparison.Ordinal)).Message is { } known)
            return known;
        return IsEnglish(message)
            ? "Tego kroku nie da się wykonać z tymi danymi: brakuje ich albo są innego rodzaju."
            : message;
    }

    static bool IsEnglish(string text) => Regex.IsMatch(
        text, @"\b(?:the|is|are|was|not|of|with|there|expected|found|has|cannot|must)\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.NonBacktracking);

    public static ProcedureProblem OfDecision(string file, DmnProblem problem) => new(
        ProblemSeverity.Error, file, problem.ElementId, null, "decision", DecisionWords(problem.Message));

    /// <summary>By a fragment of the engine's sentence.</summary>
    static readonly ImmutableArray<(string Fragment, string Message)> OfDecisions =
    [
        ("root element is not", "Tego pliku nie da się odczytać jako tabeli decyzji. Wczytaj tabelę DMN."),
        ("Line ", "Tego pliku nie da się odczytać: nie jest poprawnym XML."),
        ("has no name", "Dane albo tabela nie mają nazwy. Nadaj nazwę."),
        ("have the id", "Ten sam identyfikator stoi w tabeli dwa razy. Zmień jeden z nich."),
        ("stands twice", "Ta sama nazwa stoi w tabeli dwa razy. Zmień jedną z nich."),
        ("Java or PMML", "Tabela wywołuje funkcję innego języka, której silnik nie wykona. Zastąp ją wyrażeniem."),
        ("points to no", "Tabela wskazuje inną tabelę, której nie ma. Wskaż tabelę z tego pliku."),
        ("is not among the given", "Tabela korzysta z innego pliku, którego nie ma. Przenieś ją do tego pliku."),
        ("The type '", "Kolumna ma rodzaj danych, którego nie ma. Wybierz rodzaj z listy."),
        ("expression language", "Komórka jest w języku, którego silnik nie wykona. Zapisz ją jako wyrażenie FEEL."),
        ("has no output", "Tabela nie ma kolumny wyniku. Dodaj ją."),
        ("hit policy", "Tabela nie mówi, które wiersze obowiązują. Wybierz to z listy."),
        ("aggregation", "Tabela łączy wyniki w sposób, którego silnik nie zna. Wybierz go z listy."),
        ("in a circle", "Tabele zależą od siebie nawzajem. Usuń jedną z zależności."),
        ("namespace", "Dwa pliki tabel mają tę samą przestrzeń nazw. Zmień jedną z nich."),
    ];

    static string DecisionWords(string message)
    {
        // The parser speaks English; the text and where it stopped say more to an official.
        var cell = Regex.Match(
            message, "At (?<at>[0-9]+) of: (?<text>.*)$",
            RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture
                | RegexOptions.Singleline);
        if (cell.Success)
        {
            var at = int.Parse(cell.Groups["at"].ValueSpan, CultureInfo.InvariantCulture);
            var text = cell.Groups["text"].Value;
            return at >= text.Length
                ? $"Komórka „{text}” urywa się na końcu: brakuje drugiej strony działania, nawiasu albo cudzysłowu."
                : $"Komórki „{text}” nie da się odczytać od znaku {at + 1}. Sprawdź nawiasy i cudzysłowy.";
        }
        return OfDecisions.FirstOrDefault(one => message.Contains(one.Fragment, StringComparison.Ordinal)).Message
            ?? $"Tabela wymaga poprawy. Słowa silnika: {message}";
    }
}
