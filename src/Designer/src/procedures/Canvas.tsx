/** The drawing and the palette beside it: words, not symbols alone, and all of the palette by keyboard. */
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn.css';
import { useEffect, useRef, useState } from 'react';
import { MinusIcon, PlusIcon } from '../components/icons';
import { t } from '../i18n';
import type { Change, Locked } from './api';
import type { Diagram, Element } from './bpmn';
import { isNode } from './bpmn';
import type { Live } from './diagram';
import { PALETTE, type Kind } from './elements';
import { assignmentWords } from './PropsTask';
import { property, extensionValue } from './model';
import { readTerm, termWords } from './rules';
import '../styles/diagram.css';
import '../styles/editor.css';

export type View = 'changes' | 'terms' | 'who';
export type Marks = {
  changes: { elementId: string; change: Change }[];
  broken: string[];
  locked: Locked['elements'];
  /** Where a token of the trial stands. */
  tokens?: string[];
  /** Steps of the path being played, in order, with invented days. */
  path?: string[];
  dates?: Record<string, string>;
};

type Props = { live: Live; kinds: readonly Kind[]; editable: boolean; marks: Marks };

export function Canvas({ live, kinds, editable, marks }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<View>('changes');
  const [scale, setScale] = useState(1);
  const { diagram, ready, turn } = live;
  useEffect(() => {
    const container = place.current;
    if (container === null) return;
    diagram.attachTo(container);
    diagram.get('canvas').resized();
    container.querySelector('.djs-container > svg')?.setAttribute('aria-label', t('canvas.label'));
    return () => diagram.detach();
  }, [diagram]);
  useEffect(() => {
    diagram.get('readOnly').on = !editable;
    if (!editable) diagram.get('selection').select(null);
    return () => {
      diagram.get('readOnly').on = false;
    };
  }, [diagram, editable]);
  useEffect(() => {
    if (!ready) return;
    show(diagram);
    const seen = () => setScale(diagram.get('canvas').zoom());
    seen();
    diagram.get('eventBus').on('canvas.viewbox.changed', seen);
    return () => diagram.get('eventBus').off('canvas.viewbox.changed', seen);
  }, [diagram, ready]);
  useEffect(() => {
    return ready ? paint(diagram, marks, view) : undefined;
  }, [diagram, ready, marks, view, turn]);
  const zoom = (by: number) => {
    const canvas = diagram.get('canvas');
    canvas.zoom(Math.min(3, Math.max(0.2, canvas.zoom() * by)), 'auto');
  };
  return (
    <>
      {editable && <Palette live={live} kinds={kinds} />}
      <section className="canvas" aria-label={t('procedure.diagram')}>
        <div className="canvas-tools" role="group" aria-label={t('canvas.tools')}>
          {(['changes', 'terms', 'who'] as const).map((one) => (
            <button key={one} type="button" className="chip" aria-pressed={view === one} onClick={() => setView(one)}>
              {t(`canvas.${one}`)}
            </button>
          ))}
          <span className="canvas-zoom">
            <button type="button" className="chip" aria-label={t('diagram.smaller')} onClick={() => zoom(0.8)}>
              <MinusIcon />
            </button>
            <button
              type="button"
              className="chip"
              title={t('diagram.whole')}
              onClick={() => diagram.get('canvas').zoom('fit-viewport', 'auto')}
            >
              {Math.round(scale * 100)}%
            </button>
            <button type="button" className="chip" aria-label={t('diagram.larger')} onClick={() => zoom(1.25)}>
              <PlusIcon />
            </button>
          </span>
        </div>
        <div
          className={editable ? 'bpmn-canvas editing' : 'bpmn-canvas'}
          ref={place}
          role="group"
          aria-label={t('canvas.label')}
        />
        {live.failed && <p className="card-body">{t('diagram.failed')}</p>}
        <p className="legend">
          <span className="a">{t('canvas.added')}</span>
          <span className="c">{t('canvas.changed')}</span>
          <span className="b">{t('canvas.broken')}</span>
          <span className="l">{t('canvas.law')}</span>
        </p>
      </section>
    </>
  );
}

/** All of it when it can be read, else its beginning. */
function show(diagram: Diagram): void {
  const canvas = diagram.get('canvas');
  if (canvas.getContainer().clientWidth === 0) return;
  canvas.zoom('fit-viewport', 'auto');
  if (canvas.zoom() >= 0.5) return;
  canvas.zoom(0.75);
  const start = diagram.get('elementRegistry').filter((one) => one.type === 'bpmn:StartEvent')[0];
  if (start !== undefined) canvas.scrollToElement(start.id, 80);
}

const MARKERS = ['is-added', 'is-changed', 'is-broken', 'is-law', 'is-token', 'is-path'];

/** Every mark has its word on the drawing, in the legend, and in a panel. */
function paint(diagram: Diagram, marks: Marks, view: View): () => void {
  const canvas = diagram.get('canvas');
  const registry = diagram.get('elementRegistry');
  const overlays = diagram.get('overlays');
  const painted: [string, string][] = [];
  const mark = (id: string, marker: string) => {
    if (registry.get(id) === undefined) return false;
    canvas.addMarker(id, marker);
    painted.push([id, marker]);
    return true;
  };
  const word = (id: string, text: string, kind: string, position: object) => {
    const html = document.createElement('span');
    html.className = `bpmn-word ${kind}`;
    html.textContent = text;
    overlays.add(id, 'house', { position, html });
  };
  const isWide = (id: string) => (registry.get(id)?.width ?? 0) >= 80;
  for (const [id, locks] of Object.entries(marks.locked)) {
    if (locks.length > 0 && mark(id, 'is-law')) word(id, '§', 'is-law', { top: -10, right: 16 });
  }
  if (view === 'changes') {
    for (const { elementId, change } of marks.changes) {
      if (change === 'removed') continue;
      const marker = change === 'added' ? 'is-added' : 'is-changed';
      if (mark(elementId, marker) && isWide(elementId))
        word(elementId, t(`change.${change}`), marker, { bottom: 8, left: 6 });
    }
  } else {
    for (const element of registry.filter((one) => one.type === 'bpmn:UserTask')) {
      word(element.id, view === 'terms' ? shortTerm(element) : assignmentWords(element), 'is-note', {
        bottom: 8,
        left: 6,
      });
    }
  }
  for (const id of marks.broken) mark(id, 'is-broken');
  for (const id of marks.path ?? []) {
    const day = marks.dates?.[id] ?? '';
    if (mark(id, 'is-path') && day !== '') word(id, day, 'is-day', { top: -14, left: 6 });
  }
  for (const id of marks.tokens ?? []) {
    if (mark(id, 'is-token')) word(id, t('trial.here'), 'is-token', { top: -12, left: 6 });
  }
  return () => {
    for (const [id, marker] of painted) {
      if (MARKERS.includes(marker) && registry.get(id) !== undefined) canvas.removeMarker(id, marker);
    }
    overlays.remove({ type: 'house' });
  };
}

function shortTerm(element: Element): string {
  const term = termWords(readTerm(extensionValue(element, 'zeebe:TaskSchedule', 'dueDate')));
  const kind = property(element, 'deadline.kind');
  return kind === 'STAT' || kind === 'COURT' ? `§ ${term}` : term;
}

function Palette({ live, kinds }: { live: Live; kinds: readonly Kind[] }) {
  const offered = PALETTE.map((id) => kinds.find((kind) => kind.id === id)).filter((kind) => kind !== undefined);
  /** By mouse the new element hangs at the pointer; by keyboard it comes after the selected one. */
  const add = (kind: Kind, event: React.MouseEvent | React.DragEvent) => {
    const { diagram } = live;
    const shape = diagram.get('elementFactory').createShape({ ...kind.target });
    if (event.detail > 0 || event.type === 'dragstart') {
      event.preventDefault();
      diagram.get('create').start(event.nativeEvent, shape);
      return;
    }
    const [after] = diagram.get('selection').get();
    if (after !== undefined && isNode(after)) diagram.get('autoPlace').append(after, shape);
    else placeFree(diagram, shape);
  };
  return (
    <section className="card palette" aria-label={t('canvas.palette')}>
      <header>
        <h2 className="small">{t('canvas.add')}</h2>
      </header>
      <ul>
        {offered.map((kind) => (
          <li key={kind.id}>
            <button
              type="button"
              draggable
              onDragStart={(event) => add(kind, event)}
              onClick={(event) => add(kind, event)}
            >
              <span className={kind.icon} aria-hidden="true" />
              {t(kind.label)}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** In the middle of what is seen. */
export function placeFree(diagram: Diagram, shape: Element): Element {
  const canvas = diagram.get('canvas');
  const { x, y, width, height } = canvas.viewbox();
  const at = { x: Math.round(x + width / 2), y: Math.round(y + height / 2) };
  const made = diagram.get('modeling').createShape(shape, at, canvas.getRootElement());
  diagram.get('selection').select(made);
  return made;
}
