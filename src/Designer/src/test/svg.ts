/** What diagram-js asks of SVG and jsdom does not draw: boxes without size, matrices that stay where they are. */
type Matrix = Record<string, unknown>;

function matrix(a = 1, b = 0, c = 0, d = 1, e = 0, f = 0): Matrix {
  const own: Matrix = { a, b, c, d, e, f };
  own['inverse'] = () => matrix(1 / a, 0, 0, 1 / d, -e / a, -f / d);
  own['multiply'] = () => own;
  own['translate'] = (x: number, y: number) => matrix(a, b, c, d, e + x * a, f + y * d);
  own['scale'] = (by: number) => matrix(a * by, b, c, d * by, e, f);
  own['rotate'] = () => own;
  return own;
}

class Transforms {
  items: { matrix: Matrix; setMatrix: (m: Matrix) => void; setTranslate: () => void; setRotate: () => void }[] = [];
  get numberOfItems() {
    return this.items.length;
  }
  clear() {
    this.items = [];
  }
  appendItem(item: Transforms['items'][number]) {
    this.items.push(item);
    return item;
  }
  getItem(at: number) {
    return this.items[at];
  }
  consolidate() {
    return this.items.at(-1) ?? null;
  }
  createSVGTransformFromMatrix(m: Matrix) {
    return transform(m);
  }
}

function transform(m = matrix()): Transforms['items'][number] {
  const own = {
    matrix: m,
    setMatrix: (next: Matrix) => void (own.matrix = next),
    setTranslate: () => undefined,
    setRotate: () => undefined,
  };
  return own;
}

/** Called once by a test file that starts bpmn-js. */
export function drawInMemory(): void {
  const lists = new WeakMap<object, Transforms>();
  const svg = SVGElement.prototype as unknown as Record<string, unknown>;
  Object.defineProperty(svg, 'transform', {
    configurable: true,
    get(this: object) {
      let known = lists.get(this);
      if (known === undefined) lists.set(this, (known = new Transforms()));
      return { baseVal: known };
    },
  });
  Object.assign(svg, {
    getBBox: () => ({ x: 0, y: 0, width: 0, height: 0 }),
    getCTM: () => matrix(),
    getScreenCTM: () => matrix(),
    getTotalLength: () => 0,
    getPointAtLength: () => ({ x: 0, y: 0 }),
    getComputedTextLength: () => 0,
    createSVGMatrix: () => matrix(),
    createSVGTransform: () => transform(),
    createSVGTransformFromMatrix: (m: Matrix) => transform(m),
    createSVGPoint: () => ({ x: 0, y: 0, matrixTransform: () => ({ x: 0, y: 0 }) }),
  });
  Object.assign(globalThis, {
    SVGMatrix: Object,
    ResizeObserver: class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  });
}
