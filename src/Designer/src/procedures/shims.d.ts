declare module 'bpmn-js-i18n/translations/pl' {
  const words: Record<string, string>;
  export default words;
}
declare module 'zeebe-bpmn-moddle/resources/zeebe.json' {
  const descriptor: object;
  export default descriptor;
}
declare module 'dmn-js/lib/Modeler' {
  type Viewer = {
    get: (name: string) => unknown;
    on: (event: string, listener: () => void) => void;
    off: (event: string, listener: () => void) => void;
  };
  export default class DmnModeler {
    constructor(options: object);
    importXML(xml: string): Promise<{ warnings: unknown[] }>;
    saveXML(options: { format: boolean }): Promise<{ xml: string }>;
    getViews(): { id: string; name: string; type: string; element: { id: string; name?: string } }[];
    getActiveView(): { id: string; type: string } | undefined;
    getActiveViewer(): Viewer | undefined;
    open(view: object): Promise<unknown>;
    on(event: string, listener: (event: never) => void): void;
    destroy(): void;
  }
}
