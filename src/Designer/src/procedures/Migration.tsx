/** The plan for cases that go over to another version, and afterwards the receipt: what became of each of them. */
import { useEffect, useState } from 'react';
import { Link, useParams } from 'wouter';
import { ActDialog } from '../components/ActDialog';
import { Banner, Button, Failure, PageTitle, PersonChip, Status, Waiting, type StatusKind } from '../components/basics';
import { TextField } from '../components/fields';
import { BackIcon, InfoIcon, UndoIcon } from '../components/icons';
import { toast } from '../components/Overlay';
import { momentWords } from '../caseWords';
import { useLoad } from '../hooks';
import { t } from '../i18n';
import { paths } from '../paths';
import { holds, useSession } from '../session';
import { MigrationState, Places, PlannedTerms, WhichCase } from './MigrationParts';
import type { ItemState, Migration, MigrationItem } from './migrations';
import { getMigration, undoMigration } from './migrations';
import '../styles/procedures.css';

const LOOK_AGAIN_MS = 2_000;

export default function MigrationPage() {
  const { id } = useParams<{ id: string }>();
  const found = useLoad(`migration ${id}`, () => getMigration(id));
  const { value: migration, reload } = found;
  // Begun by the decision, over in moments: who looks meanwhile sees the end.
  useEffect(() => {
    if (migration?.state !== 'running') return;
    const timer = setTimeout(reload, LOOK_AGAIN_MS);
    return () => clearTimeout(timer);
  }, [migration, reload]);
  return (
    <>
      <nav className="crumbs">
        <Link className="link" href={migration === null ? paths.procedures : paths.procedure(migration.processId)}>
          <BackIcon />
          {migration?.name ?? t('procedure.back')}
        </Link>
      </nav>
      {found.loading && <Waiting />}
      {found.problem !== null && <Failure problem={found.problem} onRetry={found.reload} />}
      {migration !== null && <Shown migration={migration} onChanged={found.reload} />}
    </>
  );
}

function Shown({ migration, onChanged }: { migration: Migration; onChanged: () => void }) {
  const { centre, me } = useSession();
  const { state, author, decidedBy, decidedAt, taskKey } = migration;
  const mine = author.userName === me.userName;
  return (
    <div className="publication migrate">
      <div className="page-head">
        <div>
          <PageTitle title={t('migration.title', { name: migration.name })} windowTitle={t('migration.window')} />
          <p>{t('migration.by', { who: author.name, when: momentWords(migration.at, centre.today) })}</p>
        </div>
        <div className="row">
          <MigrationState state={state} />
          {decidedBy !== null && (
            <PersonChip
              person={decidedBy}
              note={decidedAt === null ? undefined : momentWords(decidedAt, centre.today)}
            />
          )}
          {state === 'waiting' && !mine && holds(me, 'head') && taskKey !== null && (
            <Link className="button primary" href={paths.task(taskKey)}>
              {t('migration.decide')}
            </Link>
          )}
        </div>
      </div>
      {migration.refusal !== null && (
        <Banner kind="warn" icon={<InfoIcon />}>
          <p className="strong">{t('migration.refusal')}</p>
          <p>{migration.refusal}</p>
        </Banner>
      )}
      {state === 'waiting' && (
        <Banner icon={<InfoIcon />}>
          <p>{t(mine ? 'migration.own' : 'migration.untilThen', { from: migration.from })}</p>
        </Banner>
      )}
      {migration.overtaken !== null && (
        <Banner kind="warn" icon={<InfoIcon />}>
          <p className="strong">{t('migration.overtaken', { newer: migration.overtaken, to: migration.to })}</p>
          <p>{t('migration.overtakenFollows')}</p>
        </Banner>
      )}
      <Summary migration={migration} />
      <Cases migration={migration} onChanged={onChanged} />
    </div>
  );
}

function Summary({ migration }: { migration: Migration }) {
  return (
    <section className="card" aria-labelledby="plan">
      <header>
        <h2 id="plan">{t('migration.plan')}</h2>
        <span className="small quiet">{t('migration.route', { from: migration.from, to: migration.to })}</span>
      </header>
      <div className="card-body stack">
        <ul className="change-list">
          {migration.lines.map((line, index) => (
            <li key={index}>{line}</li>
          ))}
        </ul>
        <dl className="facts">
          <dt>{t('procedure.reason')}</dt>
          <dd>{migration.reason}</dd>
          <dt>{t('procedure.legalBasis')}</dt>
          <dd>{migration.legalBasis}</dd>
        </dl>
      </div>
    </section>
  );
}

const kinds: Record<ItemState, StatusKind> = {
  waiting: 'wait',
  migrated: 'ok',
  refused: 'warn',
  undone: 'done',
  moved: 'warn',
};

function Cases({ migration, onChanged }: { migration: Migration; onChanged: () => void }) {
  const [undoing, setUndoing] = useState<MigrationItem[]>([]);
  const items = migration.items ?? [];
  const over = items.filter((one) => one.state === 'migrated');
  return (
    <section className="card" aria-labelledby="cases">
      <header>
        <h2 id="cases">{t('migration.cases')}</h2>
        <span className="small quiet">{countWords(migration)}</span>
        {over.length > 1 && (
          <Button kind="quiet" onClick={() => setUndoing(over)}>
            <UndoIcon />
            {t('migration.undoAll')}
          </Button>
        )}
      </header>
      <table className="table procedures migrate-cases" role="table" aria-labelledby="cases">
        <thead role="rowgroup">
          <tr role="row">
            {(['case', 'place', 'term', 'state'] as const).map((column) => (
              <th key={column} role="columnheader" scope="col">
                {t(`migrate.column.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {items.map((one) => (
            <Row key={one.instanceKey} item={one} onUndo={() => setUndoing([one])} />
          ))}
        </tbody>
      </table>
      {undoing.length > 0 && (
        <Undo
          migration={migration}
          items={undoing}
          onClose={() => setUndoing([])}
          onDone={(after) => {
            setUndoing([]);
            const stayed = after.items?.some(
              (one) => one.state === 'moved' && undoing.some((was) => was.instanceKey === one.instanceKey),
            );
            toast(t(stayed === true ? 'migration.undonePart' : 'migration.undone'));
            onChanged();
          }}
        />
      )}
    </section>
  );
}

/** "Przeszły: 3, zostały: 1" */
const countWords = ({ counts }: Migration) =>
  (['waiting', 'migrated', 'refused', 'undone', 'moved'] as const)
    .filter((state) => (counts[state] ?? 0) > 0)
    .map((state) => t(`migration.count.${state}`, { count: counts[state] ?? 0 }))
    .join(', ');

function Row({ item, onUndo }: { item: MigrationItem; onUndo: () => void }) {
  const { centre } = useSession();
  const which = item.caseNo ?? item.instanceKey;
  return (
    <tr role="row">
      <th role="rowheader" scope="row">
        <WhichCase {...item} />
      </th>
      <td role="cell" data-l={t('migrate.column.place')}>
        <Places places={item.places} />
      </td>
      <td role="cell" data-l={t('migrate.column.term')}>
        <PlannedTerms terms={item.terms} />
      </td>
      <td role="cell" data-l={t('migrate.column.state')}>
        <div>
          <Status kind={kinds[item.state]}>{t(`migration.item.${item.state}`)}</Status>
          {item.at !== null && <p className="small quiet">{momentWords(item.at, centre.today)}</p>}
          {item.message !== null && <p className="small">{item.message}</p>}
          {item.state === 'migrated' && (
            <Button kind="quiet" onClick={onUndo} aria-label={t('migration.undoOne', { which })}>
              <UndoIcon />
              {t('migration.undo')}
            </Button>
          )}
        </div>
      </td>
    </tr>
  );
}

type UndoProps = {
  migration: Migration;
  items: MigrationItem[];
  onClose: () => void;
  onDone: (after: Migration) => void;
};

function Undo({ migration, items, onClose, onDone }: UndoProps) {
  const [reason, setReason] = useState('');
  return (
    <ActDialog
      title={t('migration.undoTitle', { n: items.length, from: migration.from })}
      act={t('migration.undoAct')}
      run={(intention) =>
        undoMigration(
          migration.id,
          items.map((one) => one.instanceKey),
          reason,
          intention,
        )
      }
      check={() => ({ reason: reason.trim() === '' ? t('procedure.reasonMissing') : undefined })}
      onClose={onClose}
      onDone={onDone}
    >
      {(errors) => (
        <>
          <p>{t('migration.undoFollows', { from: migration.from })}</p>
          <TextField label={t('procedure.reason')} value={reason} onChange={setReason} error={errors['reason']} />
        </>
      )}
    </ActDialog>
  );
}
