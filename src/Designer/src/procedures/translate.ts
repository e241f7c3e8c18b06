/** Polish of bpmn-js: the community's translation, and what it lacks. In English bpmn-js speaks for itself. */
import community from 'bpmn-js-i18n/translations/pl';
import { languageOf } from '../i18n';

const own: Record<string, string> = {
  'Ad-hoc sub-process': 'Podproces doraźny',
  'Align elements': 'Wyrównaj elementy',
  'Align elements ': 'Wyrównaj elementy: ',
  'Boundary event': 'Zdarzenie graniczne',
  'Cancel end event': 'Zdarzenie końcowe anulowania',
  'Change element': 'Zmień rodzaj',
  'Distribute elements horizontally': 'Rozmieść elementy w poziomie',
  'Distribute elements vertically': 'Rozmieść elementy w pionie',
  'Event based instantiating Gateway': 'Bramka zdarzeń rozpoczynająca',
  'Expanded pool/participant': 'Pula rozwinięta',
  'Open {element}': 'Otwórz: {element}',
  'Parallel Event based instantiating Gateway': 'Równoległa bramka zdarzeń rozpoczynająca',
  'Toggle non-interrupting': 'Przerywa albo nie przerywa',
  'Search in diagram': 'Szukaj na diagramie',
};

/** What somebody was shown in English; a test looks through the sources for the rest. */
export const missed = new Set<string>();

export const isKnown = (template: string) => template in own || template in community;

export function translate(template: string, values: Record<string, string> = {}): string {
  let text = template;
  if (languageOf() === 'pl') {
    const found = own[template] ?? community[template];
    if (found === undefined) missed.add(template);
    else text = found;
  }
  return text.replace(/\{([^}]+)\}/g, (whole, name: string) => values[name] ?? whole);
}
