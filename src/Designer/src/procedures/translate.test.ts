// @vitest-environment jsdom
import { beforeAll, describe, expect, it } from 'vitest';
import { processes } from '../test/shipped';
import { drawInMemory } from '../test/svg';
import type { Element } from './bpmn';
import { createDiagram } from './diagram';
import { KINDS } from './elements';
import { isKnown, missed } from './translate';

const sources = import.meta.glob<string>(
  [
    '../../node_modules/bpmn-js/lib/features/{popup-menu,replace,context-pad,align-elements,drilldown,modeling,label-editing,search}/**/*.js',
    '../../node_modules/diagram-js/lib/features/{popup-menu,search-pad,context-pad}/*.js',
  ],
  { query: '?raw', import: 'default', eager: true },
);

type Menu = {
  getPopupMenuEntries: (element: Element) => Record<string, { label?: string }>;
  getPopupMenuHeaderEntries: (element: Element) => Record<string, { title?: string }>;
};
type Pad = { getContextPadEntries: (element: Element) => Record<string, { title: string }> };

beforeAll(drawInMemory);

describe('bpmn-js in Polish', () => {
  it('has words for every text its sources hand to translate', () => {
    const texts = Object.values(sources).flatMap((source) =>
      [...source.matchAll(/translate\(\s*'((?:[^'\\]|\\.)+)'/g)].map(([, text]) => text ?? ''),
    );
    expect(texts.length).toBeGreaterThan(20);
    expect([...new Set(texts)].filter((text) => !isKnown(text))).toEqual([]);
  });

  it('offers only what the engine executes, and misses no word doing so', async () => {
    const diagram = createDiagram();
    const services = diagram as unknown as { get: (name: string) => unknown };
    missed.clear();
    const offered = new Set<string>();
    for (const xml of processes.values()) {
      await diagram.importXML(xml);
      const menu = services.get('replaceMenuProvider') as Menu;
      const pad = services.get('contextPadProvider') as Pad;
      for (const element of diagram.get('elementRegistry').getAll()) {
        for (const entry of Object.keys(menu.getPopupMenuEntries(element))) offered.add(entry);
        for (const entry of Object.keys(menu.getPopupMenuHeaderEntries(element))) offered.add(entry);
        pad.getContextPadEntries(element);
      }
    }
    expect([...missed]).toEqual([]);
    expect(offered.size).toBeGreaterThan(15);
    const refused =
      /signal|conditional-(?!flow)|link|compensation|cancel|inclusive|complex|adhoc|ad-hoc|transaction|toggle-loop/;
    expect([...offered].filter((entry) => refused.test(entry))).toEqual([]);
  });

  it('keeps kinds that the server does not execute out of the palette', async () => {
    const { executed } = await import('./elements');
    expect(executed(['userTask', 'bpmn:EndEvent']).map((one) => one.id)).toEqual([
      'userTask',
      'endEvent',
      'endMessage',
      'endEscalation',
      'endError',
      'endTerminate',
    ]);
    expect(executed([])).toBe(KINDS);
  });
});
