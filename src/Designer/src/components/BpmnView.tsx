/** The drawing of one procedure: what is done, where it stands, what is stopped. Comes with a chunk of its own. */
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import { useEffect, useRef, useState } from 'react';
import type { Diagram } from '../api';
import { t } from '../i18n';
import '../styles/diagram.css';
import { Button } from './basics';
import { MinusIcon, PlusIcon, SearchIcon, TodayIcon } from './icons';

type Canvas = {
  addMarker: (id: string, marker: string) => void;
  zoom: (level?: number | 'fit-viewport', center?: 'auto') => number;
  viewbox: (box?: Box) => { inner: Box; outer: Box };
  scrollToElement: (id: string, padding?: number) => void;
};
type Box = { x: number; y: number; width: number; height: number };
type Overlays = { add: (id: string, overlay: { position: object; html: HTMLElement; show?: object }) => void };
type Registry = { get: (id: string) => { width?: number } | undefined };

const SMALLEST = 0.6;
const STEP = 1.25;
const AIR = { side: 24, top: 16, bottom: 44 };

const colours = {
  defaultFillColor: 'var(--card)',
  defaultStrokeColor: 'var(--line-strong)',
  defaultLabelColor: 'var(--ink)',
};

export default function BpmnView({ diagram }: { diagram: Diagram }) {
  const place = useRef<HTMLDivElement>(null);
  const viewer = useRef<NavigatedViewer | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    const container = place.current;
    if (container === null) return;
    const options = { container, bpmnRenderer: colours, zoomScroll: { enabled: false } };
    const made = new NavigatedViewer(options);
    viewer.current = made;
    made.importXML(diagram.xml).then(
      () => {
        // Somebody who has gone on looks at nothing, and nothing has no size to fit into.
        if (viewer.current !== made || container.clientWidth === 0) return;
        mark(made, diagram);
        show(made, diagram);
        container.querySelector('svg[data-element-id], .djs-container > svg')?.setAttribute('aria-label', diagram.name);
      },
      () => setFailed(true),
    );
    return () => {
      viewer.current = null;
      made.destroy();
    };
  }, [diagram]);
  const canvas = () => viewer.current?.get<Canvas>('canvas');
  const zoom = (by: number) => canvas()?.zoom(Math.min(3, Math.max(0.2, (canvas()?.zoom() ?? 1) * by)), 'auto');
  if (failed) return <p className="card-body small quiet">{t('diagram.failed')}</p>;
  return (
    <div className="bpmn">
      <div className="bpmn-canvas" ref={place} role="group" aria-label={t('diagram.label', { name: diagram.name })} />
      <div className="bpmn-tools" role="group" aria-label={t('diagram.tools')}>
        <Button aria-label={t('diagram.larger')} onClick={() => zoom(STEP)}>
          <PlusIcon />
        </Button>
        <Button aria-label={t('diagram.smaller')} onClick={() => zoom(1 / STEP)}>
          <MinusIcon />
        </Button>
        <Button onClick={() => viewer.current !== null && fit(viewer.current.get<Canvas>('canvas'))}>
          <SearchIcon />
          {t('diagram.whole')}
        </Button>
        {diagram.active.length > 0 && (
          <Button onClick={() => viewer.current !== null && show(viewer.current, diagram)}>
            <TodayIcon />
            {t('diagram.now')}
          </Button>
        )}
      </div>
    </div>
  );
}

/** Each mark has its word on the drawing, in the legend and in the list below. */
function mark(viewer: NavigatedViewer, diagram: Diagram): void {
  const canvas = viewer.get<Canvas>('canvas');
  const registry = viewer.get<Registry>('elementRegistry');
  const overlays = viewer.get<Overlays>('overlays');
  const stopped = new Set(diagram.stopped);
  const active = new Set(diagram.active.map((one) => one.elementId));
  const put = (ids: Iterable<string>, marker: string, word?: string) => {
    for (const id of ids) {
      const element = registry.get(id);
      if (element === undefined) continue;
      canvas.addMarker(id, marker);
      // Events and gateways are too small to carry a word; their colour and the list say it.
      if (word === undefined || (element.width ?? 0) < 80) continue;
      const html = document.createElement('span');
      html.className = `bpmn-word ${marker}`;
      html.textContent = word;
      overlays.add(id, { position: { top: -9, left: 6 }, html });
    }
  };
  put(diagram.flows, 'is-taken');
  put(
    diagram.completed.filter((id) => !active.has(id) && !stopped.has(id)),
    'is-done',
    t('diagram.done'),
  );
  put(
    [...active].filter((id) => !stopped.has(id)),
    'is-now',
    t('diagram.here'),
  );
  put(stopped, 'is-stopped', t('diagram.stopped'));
}

/** The whole drawing with air around it: nothing lies on the edge, nor under the mark of bpmn.io at the lower right. */
function fit(canvas: Canvas): void {
  canvas.zoom('fit-viewport', 'auto');
  const { inner, outer } = canvas.viewbox();
  if (outer.width <= 2 * AIR.side || outer.height <= AIR.top + AIR.bottom) return;
  const scale = Math.max(
    inner.width / (outer.width - 2 * AIR.side),
    inner.height / (outer.height - AIR.top - AIR.bottom),
    1,
  );
  const free = outer.height * scale - inner.height;
  canvas.viewbox({
    x: inner.x + inner.width / 2 - (outer.width / 2) * scale,
    y: inner.y - Math.max(AIR.top * scale, (free - AIR.bottom * scale) / 2),
    width: outer.width * scale,
    height: outer.height * scale,
  });
}

/** The whole drawing when it can be read, otherwise the place where the case stands, or the beginning. */
function show(viewer: NavigatedViewer, diagram: Diagram): void {
  const canvas = viewer.get<Canvas>('canvas');
  fit(canvas);
  if (canvas.zoom() >= SMALLEST) return;
  const { inner, outer } = canvas.viewbox();
  const scale = SMALLEST + 0.2;
  const [width, height] = [outer.width / scale, outer.height / scale];
  const top = Math.max(AIR.top / scale, (height - inner.height) / 2);
  canvas.viewbox({ x: inner.x - AIR.side / scale, y: inner.y - top, width, height });
  const here = diagram.stopped[0] ?? diagram.active[0]?.elementId ?? diagram.completed.at(-1);
  if (here !== undefined) canvas.scrollToElement(here, 60);
}
