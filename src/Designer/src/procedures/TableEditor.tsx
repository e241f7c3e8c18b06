/** dmn-js in the editor: the rows of a decision go into the draft as they are typed. */
import 'dmn-js/dist/assets/diagram-js.css';
import 'dmn-js/dist/assets/dmn-js-shared.css';
import 'dmn-js/dist/assets/dmn-js-drd.css';
import 'dmn-js/dist/assets/dmn-js-decision-table.css';
import 'dmn-js/dist/assets/dmn-js-decision-table-controls.css';
import 'dmn-js/dist/assets/dmn-js-literal-expression.css';
import 'dmn-js/dist/assets/dmn-font/css/dmn.css';
// Before the editor: it reads the list of functions once.
import { speakFeel } from './feelWords';
import DmnModeler from 'dmn-js/lib/Modeler';
import { useEffect, useRef, useState } from 'react';
import { t } from '../i18n';
import { linesOf, NO_LINES, restore } from './bytes';
import { tableWordsModule } from './tableWords';
import type { Workspace } from './workspace';

const HAND_IN_MS = 300;

export default function TableEditor({ workspace, name }: { workspace: Workspace; name: string }) {
  const place = useRef<HTMLDivElement>(null);
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    const container = place.current;
    if (container === null) return;
    const original = workspace.read().files[name] ?? '';
    const quiet = speakFeel();
    const modeler = new DmnModeler({
      container,
      common: { additionalModules: [tableWordsModule] },
      decisionTable: { additionalModules: [tableWordsModule] },
      drd: { additionalModules: [tableWordsModule] },
    });
    let timer: ReturnType<typeof setTimeout> | undefined;
    let lines: ReturnType<typeof linesOf> = NO_LINES;
    let dirty = false;
    let wanted = true;
    const handIn = async () => {
      clearTimeout(timer);
      if (!dirty) return;
      dirty = false;
      const { xml } = await modeler.saveXML({ format: true });
      workspace.setFile(name, restore(xml, lines));
    };
    const changed = () => {
      dirty = true;
      clearTimeout(timer);
      timer = setTimeout(() => void workspace.current(), HAND_IN_MS);
    };
    const load = async () => {
      try {
        await modeler.importXML(original);
        lines = linesOf((await modeler.saveXML({ format: true })).xml, original);
        const view = modeler.getViews().find((one) => one.type === 'decisionTable');
        if (view !== undefined) await modeler.open(view);
        modeler.getActiveViewer()?.on('commandStack.changed', changed);
      } catch {
        if (wanted) setBroken(true);
      }
    };
    void load();
    const release = workspace.editor(handIn);
    return () => {
      wanted = false;
      quiet();
      void release().finally(() => modeler.destroy());
    };
  }, [workspace, name]);
  return (
    <>
      {broken && <p className="card-body">{t('tables.broken')}</p>}
      <div className="table-editor" ref={place} />
    </>
  );
}
