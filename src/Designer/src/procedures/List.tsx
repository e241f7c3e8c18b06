/** Procedures of the centre: what is in force, where cases run, what is being changed. */
import { useMemo, useState } from 'react';
import { Link, useLocation } from 'wouter';
import type { Problem } from '../api';
import { Refused } from '../components/ActDialog';
import { Button, Failure, PageTitle, Status, Waiting } from '../components/basics';
import { SelectField } from '../components/fields';
import { MailIcon, RulerIcon } from '../components/icons';
import { Dialog } from '../components/Overlay';
import { momentWords } from '../caseWords';
import { useLoad } from '../hooks';
import { t } from '../i18n';
import { paths } from '../paths';
import { holds, useSession } from '../session';
import type { CheckProblem, Files, ProcedureItem } from './api';
import { getProcedures, getPublications, importProcedure } from './api';
import { adopted, bring, namesOf } from './imported';
import '../styles/procedures.css';

export default function ProcedureList() {
  const { me } = useSession();
  const all = useLoad('procedures', getProcedures);
  const [importing, setImporting] = useState(false);
  return (
    <>
      <div className="page-head">
        <div>
          <PageTitle title={t('procedures.title')} />
          <p>{t('procedures.hint')}</p>
        </div>
        {holds(me, 'admin') && <Button onClick={() => setImporting(true)}>{t('procedures.import')}</Button>}
      </div>
      <ToApprove />
      {all.loading && <Waiting />}
      {all.problem !== null && <Failure problem={all.problem} onRetry={all.reload} />}
      {all.value !== null && <Table items={all.value.items} />}
      {importing && <Import known={all.value?.items ?? []} onClose={() => setImporting(false)} />}
    </>
  );
}

function ToApprove() {
  const waiting = useLoad('publications', () => getPublications('waiting'));
  const { centre } = useSession();
  if (waiting.value === null || waiting.value.items.length === 0) return null;
  return (
    <section className="card procedure-waiting" aria-labelledby="to-approve">
      <header>
        <h2 id="to-approve">{t('procedures.toApprove')}</h2>
      </header>
      <ul className="now-list">
        {waiting.value.items.map((one) => (
          <li key={one.id}>
            <Link className="link" href={paths.publication(one.id)}>
              {one.name}
            </Link>
            <span className="small quiet">
              {t('procedures.by', { who: one.author.name, when: momentWords(one.at, centre.today) })}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Table({ items }: { items: ProcedureItem[] }) {
  return (
    <section className="card" aria-label={t('procedures.title')}>
      <table className="table procedures" role="table">
        <thead role="rowgroup">
          <tr role="row">
            {(['name', 'version', 'running', 'last', 'state'] as const).map((column) => (
              <th key={column} role="columnheader" scope="col">
                {t(`procedures.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {items.map((item) => (
            <Row key={item.processId} item={item} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ item }: { item: ProcedureItem }) {
  const { centre } = useSession();
  const newest = item.versions[0];
  const when = newest === undefined ? '' : momentWords(newest.at, centre.today);
  const running = item.versions.filter((version) => version.running > 0);
  return (
    <tr role="row">
      <th role="rowheader" scope="row">
        <Link className="link" href={paths.procedure(item.processId)}>
          {item.name}
        </Link>
        {item.rules > 0 && <p className="small rule-count">§ {t('procedures.rules', { n: item.rules })}</p>}
      </th>
      <td role="cell" data-l={t('procedures.version')}>
        {item.version}
      </td>
      <td role="cell" data-l={t('procedures.running')}>
        {running.length === 0 && t('procedures.noneRunning')}
        <ul>
          {running.map(({ version, running: n }) => (
            <li key={version}>{t('procedures.runningOn', { n, version })}</li>
          ))}
        </ul>
      </td>
      <td role="cell" data-l={t('procedures.last')}>
        <div>
          {newest?.by == null
            ? t('procedures.by', { who: t('procedures.shipped'), when })
            : t('procedures.by', { who: newest.by.name, when })}
          {newest?.reason != null && <p className="quiet">{newest.reason}</p>}
        </div>
      </td>
      <td role="cell" data-l={t('procedures.state')}>
        <States item={item} />
      </td>
    </tr>
  );
}

function States({ item }: { item: ProcedureItem }) {
  const { centre } = useSession();
  const { draft, waiting, newProductVersion } = item;
  if (draft === null && waiting === null && newProductVersion === null) {
    return <span className="quiet">{t('procedures.unchanged')}</span>;
  }
  return (
    <ul className="state-list">
      {waiting !== null && (
        <li>
          <Link className="link" href={paths.publication(waiting.id)}>
            <MailIcon />
            {t('procedures.waiting')}
          </Link>
        </li>
      )}
      {draft !== null && (
        <li>
          {t('procedures.draft', { who: draft.savedBy.name, when: momentWords(draft.savedAt, centre.today) })}
          {draft.outdated && <Status kind="warn">{t('procedures.outdated')}</Status>}
        </li>
      )}
      {newProductVersion !== null && (
        <li>
          <Status kind="new">{t('procedures.newProduct')}</Status>
        </li>
      )}
    </ul>
  );
}

/** Elements of a foreign drawing by their names: its ids mean nothing to anybody. */
const placeOf = (problem: CheckProblem, names: ReadonlyMap<string, string>) =>
  problem.elementId === null ? problem.file : (names.get(problem.elementId) ?? problem.elementId);

type Found = { processId: string; files: Files; problems: CheckProblem[] };

/** A file from elsewhere is read and reported on; only a person puts it into a draft. */
function Import({ known, onClose }: { known: ProcedureItem[]; onClose: () => void }) {
  const [found, setFound] = useState<Found | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [, navigate] = useLocation();
  const read = async (file: File | undefined) => {
    if (file === undefined) return;
    setFound(null);
    setWanted('');
    const answer = await importProcedure(file);
    setProblem(answer.ok ? null : answer.problem);
    if (answer.ok) setFound(answer.value);
  };
  const [wanted, setWanted] = useState('');
  const procedure = known.find((one) => one.processId === (wanted === '' ? found?.processId : wanted));
  const isForeign = found !== null && !known.some((one) => one.processId === found.processId);
  const names = useMemo(() => namesOf(found?.files['process.bpmn'] ?? ''), [found]);
  // There is one field: what is wrong with it is what is wrong.
  const wrong = Object.values(problem?.errors ?? {})
    .flat()
    .join(' ');
  return (
    <Dialog title={t('procedures.import')} open onClose={onClose} wide>
      <p>{t('procedures.importHint')}</p>
      <Refused problem={problem === null || wrong === '' ? problem : { ...problem, detail: wrong }} />
      <div className="field">
        <label htmlFor="import-file">{t('procedures.importFile')}</label>
        <input
          id="import-file"
          className="input"
          type="file"
          accept=".zip,.bpmn,.xml"
          onChange={(event) => void read(event.target.files?.[0])}
        />
      </div>
      {found !== null && (
        <div className="stack" role="status">
          <p className="strong">
            {t('procedures.importFound', {
              name: isForeign ? (names.get(found.processId) ?? found.processId) : (procedure?.name ?? ''),
            })}
          </p>
          {isForeign && (
            <>
              <p>{t('procedures.importUnknown')}</p>
              <SelectField
                label={t('procedures.importInto')}
                value={wanted}
                none={t('procedures.importChoose')}
                options={known.map((one) => ({ value: one.processId, label: one.name }))}
                onChange={setWanted}
              />
            </>
          )}
          {found.problems.length === 0 ? (
            <p>{t('procedures.importClean')}</p>
          ) : (
            <>
              <p>{t('procedures.importProblems')}</p>
              <ul className="change-list">
                {found.problems.map((one) => (
                  <li key={one.tick + one.message}>
                    <b>{placeOf(one, names)}</b> {one.message}
                  </li>
                ))}
              </ul>
            </>
          )}
        </div>
      )}
      <div className="dialog-actions">
        <Button onClick={onClose}>{t('act.keep')}</Button>
        <Button
          kind="primary"
          off={found === null || procedure === undefined}
          onClick={() => {
            if (found === null || procedure === undefined) return;
            const files = adopted(found, procedure.processId);
            // An archive is all of a procedure; a diagram alone keeps the forms and tables of the draft.
            const whole = Object.keys(files).length > 1;
            bring({ processId: procedure.processId, files, whole, note: t('procedures.import') });
            navigate(paths.procedureEditor(procedure.processId));
          }}
        >
          <RulerIcon />
          {t('procedures.importTo')}
        </Button>
      </div>
    </Dialog>
  );
}
