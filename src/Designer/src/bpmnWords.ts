/** What a diagram says, read from its BPMN without drawing it. */
const BPMN = 'http://www.omg.org/spec/BPMN/20100524/MODEL';

/** Ids of gateways and events: they stand beside the work, nobody does them. */
export function besideOf(xml: string): Set<string> {
  const model = new DOMParser().parseFromString(xml, 'text/xml');
  const beside = [...model.getElementsByTagNameNS(BPMN, '*')].filter((one) => /(Gateway|Event)$/.test(one.localName));
  return new Set(beside.flatMap((one) => one.getAttribute('id') ?? []));
}

/** Names by element id; an element without a name is not something to tell people about. */
export function namesOf(xml: string): Map<string, string> {
  const names = new Map<string, string>();
  const model = new DOMParser().parseFromString(xml, 'text/xml');
  for (const element of model.getElementsByTagNameNS(BPMN, '*')) {
    const [id, name] = [element.getAttribute('id'), element.getAttribute('name')];
    if (id !== null && name !== null && name.trim() !== '' && element.localName !== 'sequenceFlow') {
      names.set(id, name.replace(/\s+/g, ' ').trim());
    }
  }
  return names;
}
