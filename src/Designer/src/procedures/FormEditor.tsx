/**
 * form-js in the editor: what is drawn goes into the draft, and a field that a statute requires comes back when it is
 * taken.
 */
import '@bpmn-io/form-js/dist/assets/form-js.css';
import '@bpmn-io/form-js/dist/assets/form-js-editor.css';
import '@bpmn-io/form-js/dist/assets/properties-panel.css';
// Before the editor: some of its texts are made as it is read.
import { speakFeel } from './feelWords';
import { nameInPolish, speakPolish } from './formWords';
import { FormEditor as Editor } from '@bpmn-io/form-js-editor';
import { useEffect, useRef, useState } from 'react';
import { Banner } from '../components/basics';
import { LockIcon } from '../components/icons';
import { t } from '../i18n';
import type { Workspace } from './workspace';

type Schema = { components?: Schema[]; key?: string; [property: string]: unknown };
type Made = {
  importSchema: (schema: Schema) => Promise<unknown>;
  saveSchema: () => Schema;
  on: (event: string, listener: () => void) => void;
  get: (name: string) => unknown;
  destroy: () => void;
};

const HAND_IN_MS = 300;

/** What a part of a form adds to the keys of the fields inside it: a group or a list may have a path of its own. */
const within = (one: Schema, path: string) =>
  typeof one['path'] === 'string' && one['path'] !== '' ? `${path}${one['path']}.` : path;

/** Keys as the law names them, `sign.person` for a field of a group. */
export function keysOf(schema: Schema): Set<string> {
  const found = new Set<string>();
  const walk = (one: Schema, path: string) => {
    if (typeof one.key === 'string') found.add(`${path}${one.key}`);
    one.components?.forEach((inner) => walk(inner, within(one, path)));
  };
  walk(schema, '');
  return found;
}

/** Fields by the words a person sees; a key that has none stays as it is. */
export function labelsOf(schema: Schema, keys: readonly string[]): string {
  const found = new Map<string, string>();
  const walk = (one: Schema, path: string) => {
    const label = [one['label'], one['dateLabel'], one['timeLabel']].find((text) => typeof text === 'string' && text);
    if (typeof one.key === 'string' && typeof label === 'string') found.set(`${path}${one.key}`, label);
    one.components?.forEach((inner) => walk(inner, within(one, path)));
  };
  walk(schema, '');
  return keys.map((key) => `„${found.get(key) ?? key}”`).join(', ');
}

/** What form-js adds of itself stays out, and a form that says the same stays as it was written. */
export function written(next: Schema, original: string): string {
  const before = JSON.parse(original) as Schema;
  const merged: Schema = { ...before, ...next };
  for (const name of ['schemaVersion', 'exporter']) {
    if (name in before) merged[name] = before[name];
    else Reflect.deleteProperty(merged, name);
  }
  return JSON.stringify(merged) === JSON.stringify(before) ? original : `${JSON.stringify(merged, null, 2)}\n`;
}

type Props = { workspace: Workspace; name: string; locked: string[] };

export default function FormEditor({ workspace, name, locked }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const [broken, setBroken] = useState(false);
  const [restored, setRestored] = useState<string[]>([]);
  const [wordsOfFields] = useState(() => (keys: string[]) => {
    try {
      return labelsOf(JSON.parse(workspace.read().files[name] ?? '{}') as Schema, keys);
    } catch {
      return keys.join(', ');
    }
  });
  const guarded = useRef(locked);
  useEffect(() => {
    guarded.current = locked;
  });
  useEffect(() => {
    const container = place.current;
    if (container === null) return;
    const original = workspace.read().files[name] ?? '{}';
    const quiet = [speakPolish(), speakFeel()];
    const editor = new Editor({ container }) as unknown as Made;
    nameInPolish(editor);
    let timer: ReturnType<typeof setTimeout> | undefined;
    let dirty = false;
    // What a form did not have when it was opened is the guard's to tell, not this change's to take back.
    let held: ReadonlySet<string> = new Set();
    const handIn = () => {
      clearTimeout(timer);
      if (!dirty) return Promise.resolve();
      dirty = false;
      workspace.setFile(name, written(editor.saveSchema(), original));
      return Promise.resolve();
    };
    const changed = () => {
      const keys = keysOf(editor.saveSchema());
      const missing = guarded.current.filter((key) => held.has(key) && !keys.has(key));
      if (missing.length > 0) {
        setRestored(missing);
        const stack = editor.get('commandStack') as { undo: () => void; canUndo: () => boolean };
        // The change is still being carried out here; what it took comes back right after it.
        setTimeout(() => {
          if (stack.canUndo()) stack.undo();
        });
        return;
      }
      dirty = true;
      clearTimeout(timer);
      timer = setTimeout(() => void handIn(), HAND_IN_MS);
    };
    const load = async () => {
      try {
        const schema = JSON.parse(original) as Schema;
        held = keysOf(schema);
        await editor.importSchema(schema);
        editor.on('changed', changed);
      } catch {
        setBroken(true);
      }
    };
    void load();
    const release = workspace.editor(handIn);
    return () => {
      // At once, and before the editor is gone: it has nothing to wait for.
      void handIn();
      void release();
      editor.destroy();
      quiet.forEach((stop) => stop());
    };
  }, [workspace, name]);
  return (
    <>
      {locked.length > 0 && (
        <Banner kind="law" icon={<LockIcon />}>
          <p className="small">{t('forms.locked', { fields: wordsOfFields(locked) })}</p>
        </Banner>
      )}
      {restored.length > 0 && (
        <Banner kind="warn" icon={<LockIcon />} role="alert">
          <p>{t('forms.restored', { fields: wordsOfFields(restored) })}</p>
        </Banner>
      )}
      {broken && <p className="card-body">{t('forms.broken')}</p>}
      <div className="form-editor" ref={place} />
    </>
  );
}
