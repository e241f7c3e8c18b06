/**
 * One living diagram: bpmn-js with the parts of the house, tied to the file of the draft. Canvas and outline both work
 * on it.
 */
import Modeler from 'bpmn-js/lib/Modeler';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import zeebe from 'zeebe-bpmn-moddle/resources/zeebe.json';
import type { Diagram, Element } from './bpmn';
import { linesOf, NO_LINES, restore, type Lines } from './bytes';
import type { Kind } from './elements';
import { KINDS } from './elements';
import { Writer } from './model';
import { houseModule } from './modules';
import type { Workspace } from './workspace';

export const BPMN_FILE = 'process.bpmn';
const HAND_IN_MS = 250;

const colours = {
  defaultFillColor: 'var(--card)',
  defaultStrokeColor: 'var(--line-strong)',
  defaultLabelColor: 'var(--ink)',
};

export function createDiagram(kinds: readonly Kind[] = KINDS, container?: HTMLElement): Diagram {
  const modeler = new Modeler({
    ...(container === undefined ? {} : { container }),
    additionalModules: [houseModule],
    moddleExtensions: { zeebe },
    bpmnRenderer: colours,
    kinds,
    zoomScroll: { enabled: true },
  } as ConstructorParameters<typeof Modeler>[0]);
  return modeler;
}

export type Live = {
  diagram: Diagram;
  writer: Writer;
  /** Grows with every command; what is drawn from the model is drawn anew. */
  turn: number;
  /** The file is on the canvas. */
  ready: boolean;
  failed: boolean;
  selected: string | null;
  select: (id: string | null) => void;
  element: (id: string) => Element | undefined;
};

export function useDiagram(workspace: Workspace, epoch: number, kinds: readonly Kind[]): Live {
  const diagram = useMemo(() => createDiagram(kinds), [kinds]);
  const writer = useMemo(() => new Writer(diagram), [diagram]);
  const [turn, setTurn] = useState(0);
  const [ready, setReady] = useState(false);
  const [failed, setFailed] = useState(false);
  const [selected, setSelected] = useState<string | null>(null);
  const lines = useRef<Lines>(NO_LINES);
  const dirty = useRef(false);

  const handIn = useCallback(async () => {
    if (!dirty.current) return;
    dirty.current = false;
    const { xml } = await diagram.saveXML({ format: true });
    if (xml !== undefined) workspace.setFile(BPMN_FILE, restore(xml, lines.current));
  }, [diagram, workspace]);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const changed = () => {
      setTurn((n) => n + 1);
      dirty.current = true;
      clearTimeout(timer);
      timer = setTimeout(() => void workspace.current(), HAND_IN_MS);
    };
    const chosen = (event: { newSelection: Element[] }) => {
      setSelected(event.newSelection.length === 1 ? (event.newSelection[0]?.id ?? null) : null);
    };
    const bus = diagram.get('eventBus');
    bus.on('commandStack.changed', changed);
    bus.on('selection.changed', chosen);
    const release = workspace.editor(handIn);
    return () => {
      clearTimeout(timer);
      void release();
      bus.off('commandStack.changed', changed);
      bus.off('selection.changed', chosen);
    };
  }, [diagram, handIn, workspace]);

  useEffect(() => {
    let wanted = true;
    const original = workspace.read().files[BPMN_FILE] ?? '';
    const load = async () => {
      try {
        await diagram.importXML(original);
        const { xml } = await diagram.saveXML({ format: true });
        if (!wanted) return;
        lines.current = linesOf(xml ?? '', original);
        dirty.current = false;
        setFailed(false);
        setReady(true);
        setSelected(null);
        setTurn((n) => n + 1);
      } catch {
        if (wanted) setFailed(true);
      }
    };
    void load();
    return () => {
      wanted = false;
    };
  }, [diagram, epoch, workspace]);

  const element = useCallback(
    (id: string) => (ready ? diagram.get('elementRegistry').get(id) : undefined),
    [diagram, ready],
  );
  const select = useCallback(
    (id: string | null) => {
      const found = id === null ? undefined : diagram.get('elementRegistry').get(id);
      diagram.get('selection').select(found ?? null);
      setSelected(found === undefined ? null : found.id);
    },
    [diagram],
  );
  return { diagram, writer, turn, ready, failed, selected, select, element };
}
