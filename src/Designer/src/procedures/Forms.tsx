/** Forms of the procedure in the form editor; a field that a statute requires stays. */
import { lazy, Suspense, useState } from 'react';
import { Button, Waiting } from '../components/basics';
import { InputField } from '../components/fields';
import { t } from '../i18n';
import type { Files, Locked } from './api';
import { titleOf } from './options';
import type { Workspace } from './workspace';

const FormEditor = lazy(() => import('./FormEditor'));
const TableEditor = lazy(() => import('./TableEditor'));

type Props = {
  workspace: Workspace;
  files: Files;
  epoch: number;
  locked: Locked;
  chosen: string | null;
  onChoose: (name: string) => void;
};

export function Forms({ workspace, files, epoch, locked, chosen, onChoose }: Props) {
  const names = Object.keys(files).filter((name) => name.endsWith('.form'));
  const name = chosen !== null && names.includes(chosen) ? chosen : names[0];
  return (
    <section className="card file-editor" aria-label={t('forms.title')}>
      <Choice
        label={t('forms.choose')}
        names={names}
        chosen={name}
        wordsOf={(one) => titleOf(files[one]) ?? one}
        onChoose={onChoose}
      />
      {name === undefined && <p className="card-body">{t('forms.none')}</p>}
      {name !== undefined && (
        <Suspense fallback={<Waiting />}>
          <FormEditor
            key={`${name} ${epoch}`}
            workspace={workspace}
            name={name}
            locked={locked.forms[name.replace(/\.form$/, '')] ?? []}
          />
        </Suspense>
      )}
      <NewForm
        names={names}
        onAdd={(id) => {
          const schema = { type: 'default', id, schemaVersion: 18, components: [] };
          workspace.setFile(`${id}.form`, `${JSON.stringify(schema, null, 2)}\n`);
          onChoose(`${id}.form`);
        }}
      />
    </section>
  );
}

export function Tables({ workspace, files, epoch, chosen, onChoose }: Omit<Props, 'locked'>) {
  const names = Object.keys(files).filter((name) => name.endsWith('.dmn'));
  const name = chosen !== null && names.includes(chosen) ? chosen : names[0];
  return (
    <section className="card file-editor" aria-label={t('tables.title')}>
      <Choice
        label={t('tables.choose')}
        names={names}
        chosen={name}
        wordsOf={(one) => /<decision [^>]*name="([^"]+)"/.exec(files[one] ?? '')?.[1] ?? one}
        onChoose={onChoose}
      />
      {name === undefined && <p className="card-body">{t('tables.none')}</p>}
      {name !== undefined && (
        <Suspense fallback={<Waiting />}>
          <TableEditor key={`${name} ${epoch}`} workspace={workspace} name={name} />
        </Suspense>
      )}
    </section>
  );
}

type ChoiceProps = {
  label: string;
  names: string[];
  chosen: string | undefined;
  wordsOf: (name: string) => string;
  onChoose: (name: string) => void;
};

function Choice({ label, names, chosen, wordsOf, onChoose }: ChoiceProps) {
  return (
    <div className="file-chips" role="group" aria-label={label}>
      {names.map((name) => (
        <button key={name} type="button" className="chip" aria-pressed={name === chosen} onClick={() => onChoose(name)}>
          {wordsOf(name)}
        </button>
      ))}
    </div>
  );
}

function NewForm({ names, onAdd }: { names: string[]; onAdd: (id: string) => void }) {
  const [id, setId] = useState('');
  const [error, setError] = useState<string | undefined>(undefined);
  const add = () => {
    const isGood = /^[a-z][a-z0-9-]*$/.test(id) && !names.includes(`${id}.form`);
    setError(isGood ? undefined : t('forms.newBad'));
    if (!isGood) return;
    onAdd(id);
    setId('');
  };
  return (
    <details className="more card-body">
      <summary>{t('forms.new')}</summary>
      <InputField label={t('forms.newName')} value={id} onChange={setId} error={error} autoComplete="off" />
      <Button onClick={add}>{t('forms.add')}</Button>
    </details>
  );
}
