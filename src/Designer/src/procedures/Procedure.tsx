/** One procedure to read: its drawing, its versions, who published what and why. */
import { lazy, Suspense, useMemo, useState } from 'react';
import { Link, useParams } from 'wouter';
import { ActDialog } from '../components/ActDialog';
import { Banner, Button, Failure, PageTitle, Status, Waiting } from '../components/basics';
import { BackIcon, DocumentIcon, FolderIcon, InfoIcon, PenIcon } from '../components/icons';
import { toast } from '../components/Overlay';
import { momentWords } from '../caseWords';
import { saveFile } from '../files';
import { plainDay } from '../format';
import { useLoad } from '../hooks';
import { t } from '../i18n';
import { paths } from '../paths';
import { holds, useSession } from '../session';
import { useGrounds } from './Grounds';
import type { ProcedureItem, Version } from './api';
import { archiveAddress, compare, getProcedure, getVersionFiles, rollback } from './api';
import { MigrationList } from './MigrationParts';
import { getMigrations } from './migrations';
import '../styles/procedures.css';

const BpmnView = lazy(() => import('../components/BpmnView'));

export default function ProcedurePage() {
  const { id } = useParams<{ id: string }>();
  const procedure = useLoad(`procedure ${id}`, () => getProcedure(id));
  const { value: item } = procedure;
  return (
    <>
      <nav className="crumbs">
        <Link className="link" href={paths.procedures}>
          <BackIcon />
          {t('procedure.back')}
        </Link>
      </nav>
      {procedure.loading && <Waiting />}
      {procedure.problem !== null && <Failure problem={procedure.problem} onRetry={procedure.reload} />}
      {item !== null && <Shown item={item} onChanged={procedure.reload} />}
    </>
  );
}

function Shown({ item, onChanged }: { item: ProcedureItem; onChanged: () => void }) {
  const { me } = useSession();
  const running = item.running === 0 ? '' : t('procedure.runningAll', { n: item.running });
  const migrations = useLoad(`migrations ${item.processId}`, () => getMigrations(item.processId));
  return (
    <>
      <div className="page-head">
        <div>
          <PageTitle title={item.name} />
          <p>{t('procedure.head', { version: item.version, running })}</p>
        </div>
        <div className="row">
          <Button onClick={() => void saveFile(archiveAddress(item.processId, item.version), `${item.processId}.zip`)}>
            <DocumentIcon />
            {t('procedure.archive')}
          </Button>
          {holds(me, 'admin') && (
            <Link className="button primary" href={paths.procedureEditor(item.processId)}>
              <PenIcon />
              {item.draft === null ? t('procedure.edit') : t('procedure.continue')}
            </Link>
          )}
        </div>
      </div>
      <Notices item={item} />
      <MigrationList items={migrations.value?.items ?? []} />
      <Drawing item={item} />
      <section className="card" aria-labelledby="versions">
        <header>
          <h2 id="versions">{t('procedure.versions')}</h2>
        </header>
        <ol className="version-list">
          {item.versions.map((version, index) => (
            <VersionRow
              key={version.version}
              item={item}
              version={version}
              before={item.versions[index + 1]}
              onChanged={onChanged}
            />
          ))}
        </ol>
      </section>
    </>
  );
}

function Notices({ item }: { item: ProcedureItem }) {
  const { centre, me } = useSession();
  const { waiting, newProductVersion, draft } = item;
  const behind = item.versions.reduce((n, one) => n + (one.version === item.version ? 0 : one.running), 0);
  const when = (moment: string) => momentWords(moment, centre.today);
  return (
    <>
      {waiting !== null && (
        <Banner kind="warn" icon={<InfoIcon />}>
          <p className="strong">
            {waiting.state === 'scheduled'
              ? t('procedure.scheduled', { when: plainDay(waiting.validFrom, centre.today) })
              : t('procedure.waiting')}
          </p>
          <p>
            <Link className="link" href={paths.publication(waiting.id)}>
              {t('procedure.waitingOpen')}
            </Link>
          </p>
        </Banner>
      )}
      {draft !== null && (
        <Banner icon={<PenIcon />}>
          <p>{t('procedure.draftBy', { who: draft.savedBy.name, when: when(draft.savedAt) })}</p>
          {draft.outdated && <p className="small">{t('procedures.outdated')}</p>}
        </Banner>
      )}
      {newProductVersion !== null && (
        <Banner icon={<InfoIcon />}>
          <p>{t('procedure.newProduct', { when: when(newProductVersion.at) })}</p>
          <p>
            <Link className="link" href={paths.productVersion(item.processId)}>
              {t('product.compare')}
            </Link>
          </p>
        </Banner>
      )}
      {behind > 0 && holds(me, 'admin') && (
        <Banner icon={<FolderIcon />}>
          <p>{t('migrate.behind', { n: behind })}</p>
          <div>
            <Link className="button" href={paths.migrate(item.processId)}>
              {t('migrate.open')}
            </Link>
          </div>
        </Banner>
      )}
    </>
  );
}

function Drawing({ item }: { item: ProcedureItem }) {
  const files = useLoad(`files ${item.processId} ${item.version}`, () => getVersionFiles(item.processId, item.version));
  const xml = files.value?.files['process.bpmn'];
  const diagram = useMemo(
    () => (xml === undefined ? null : { name: item.name, xml, active: [], completed: [], flows: [], stopped: [] }),
    [xml, item.name],
  );
  return (
    <section className="card procedure-diagram" aria-labelledby="diagram">
      <header>
        <h2 id="diagram">{t('procedure.diagram')}</h2>
      </header>
      {files.problem !== null && <Failure problem={files.problem} onRetry={files.reload} />}
      <Suspense fallback={<Waiting />}>{diagram === null ? <Waiting /> : <BpmnView diagram={diagram} />}</Suspense>
    </section>
  );
}

type RowProps = { item: ProcedureItem; version: Version; before: Version | undefined; onChanged: () => void };

function VersionRow({ item, version, before, onChanged }: RowProps) {
  const { centre, me } = useSession();
  const [asking, setAsking] = useState(false);
  const when = momentWords(version.at, centre.today);
  const facts: [string, string | null][] = [
    [t('procedure.reason'), version.reason],
    [t('procedure.legalBasis'), version.legalBasis],
    [t('procedure.validFrom'), version.validFrom === null ? null : plainDay(version.validFrom, centre.today)],
    [t('procedure.approvedBy'), version.approvedBy?.name ?? null],
    [t('procedure.running'), t('procedure.runningCount', { n: version.running })],
    [t('procedure.hash'), version.hash.slice(0, 12)],
  ];
  return (
    <li>
      <div className="row between">
        <h3>
          {t('procedure.version', { n: version.version })}{' '}
          {version.version === item.version && <Status kind="ok">{t('procedure.inForce')}</Status>}
        </h3>
        {version.version !== item.version && holds(me, 'admin') && (
          <Button kind="quiet" onClick={() => setAsking(true)}>
            {t('procedure.rollback')}
          </Button>
        )}
      </div>
      <p className="small quiet">
        {version.by === null
          ? t('procedure.shipped', { when })
          : t('procedure.published', { who: version.by.name, when })}
      </p>
      <dl className="facts">
        {facts.map(([name, value]) =>
          value === null || value === '' ? null : (
            <div className="fact" key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
      </dl>
      {before !== undefined && <WhatChanged id={item.processId} from={before.version} to={version.version} />}
      {asking && (
        <Rollback
          id={item.processId}
          version={version.version}
          onClose={() => setAsking(false)}
          onDone={() => {
            setAsking(false);
            toast(t('procedure.rollbackDone', { n: version.version }));
            onChanged();
          }}
        />
      )}
    </li>
  );
}

/** Asked for when it is opened. */
function WhatChanged({ id, from, to }: { id: string; from: number; to: number }) {
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="link">{t('procedure.whatChanged')}</summary>
      {open && <Changes id={id} from={from} to={to} />}
    </details>
  );
}

function Changes({ id, from, to }: { id: string; from: number; to: number }) {
  const found = useLoad(`compare ${id} ${from} ${to}`, () => compare(id, { from, to }));
  if (found.problem !== null) return <Failure problem={found.problem} onRetry={found.reload} />;
  if (found.value === null) return <Waiting />;
  if (found.value.lines.length === 0) return <p className="small">{t('procedure.nothingChanged')}</p>;
  return (
    <ul className="change-list">
      {found.value.lines.map((line, index) => (
        <li key={index} className={line.change}>
          {line.text}
        </li>
      ))}
    </ul>
  );
}

function Rollback(props: { id: string; version: number; onClose: () => void; onDone: () => void }) {
  const { grounds, missing, fields } = useGrounds();
  return (
    <ActDialog
      title={t('procedure.rollbackTitle', { n: props.version })}
      act={t('procedure.rollback')}
      run={(intention) => rollback(props.id, props.version, grounds, intention)}
      check={missing}
      onClose={props.onClose}
      onDone={props.onDone}
    >
      {(errors) => (
        <>
          <p>{t('procedure.rollbackFollows', { n: props.version })}</p>
          {fields(errors)}
        </>
      )}
    </ActDialog>
  );
}
