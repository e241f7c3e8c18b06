/** An administrator plans which running cases go over to another version; the head decides in a task of her own. */
import { useState } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import { ActDialog } from '../components/ActDialog';
import { Banner, Button, Empty, Failure, PageTitle, Waiting } from '../components/basics';
import { ChoiceField, SelectField } from '../components/fields';
import { AlertIcon, BackIcon, FolderIcon, InfoIcon } from '../components/icons';
import { toast } from '../components/Overlay';
import { useLoad } from '../hooks';
import { t } from '../i18n';
import { paths } from '../paths';
import { holds, useSession } from '../session';
import { useGrounds } from './Grounds';
import type { ProcedureItem } from './api';
import { getProcedure } from './api';
import { Places, PlannedTerms, WhichCase } from './MigrationParts';
import type { Preview, PreviewItem, Route, TermsChoice } from './migrations';
import { prepareMigration, previewMigration } from './migrations';
import '../styles/procedures.css';

export default function MigratePage() {
  const { id } = useParams<{ id: string }>();
  const { value: item, problem, reload } = useLoad(`procedure ${id}`, () => getProcedure(id));
  return (
    <>
      <nav className="crumbs">
        <Link className="link" href={paths.procedure(id)}>
          <BackIcon />
          {item?.name ?? t('procedure.back')}
        </Link>
      </nav>
      <div className="page-head">
        <div>
          <PageTitle title={t('migrate.title')} />
          <p>{t('migrate.about')}</p>
        </div>
      </div>
      {item === null && problem === null && <Waiting />}
      {problem !== null && <Failure problem={problem} onRetry={reload} />}
      {item !== null && <Plan item={item} />}
    </>
  );
}

/** Older versions on which cases still run; the newest of them first. */
const olderWithCases = (item: ProcedureItem) =>
  item.versions.filter((version) => version.version !== item.version && version.running > 0);

function Plan({ item }: { item: ProcedureItem }) {
  const [first] = olderWithCases(item);
  const { me } = useSession();
  if (first === undefined || !holds(me, 'admin')) {
    return (
      <Empty icon={<FolderIcon />} title={t(first === undefined ? 'migrate.nothing' : 'migrate.notYours')}>
        <p>{t(first === undefined ? 'migrate.nothingText' : 'migrate.notYoursText')}</p>
      </Empty>
    );
  }
  return <Planned item={item} start={{ from: first.version, to: item.version, terms: 'keep', mapping: {} }} />;
}

function Planned({ item, start }: { item: ProcedureItem; start: Route }) {
  const [route, setRoute] = useState(start);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [asking, setAsking] = useState(false);
  const found = useLoad(`migration ${item.processId}`, () => previewMigration(item.processId, route));
  const { value: preview } = found;
  const change = (more: Partial<Route>) => {
    setRoute({ ...route, ...more });
    found.reload();
  };
  const ready = preview?.items.filter((one) => one.blockers.length === 0) ?? [];
  const chosen = ready.filter((one) => !left.has(one.instanceKey));
  return (
    <div className="publication migrate">
      <Versions item={item} route={route} onChange={(more) => change({ ...more, mapping: {} })} />
      {found.problem !== null && <Failure problem={found.problem} onRetry={found.reload} />}
      {preview === null && found.problem === null && <Waiting />}
      {preview !== null && preview.items.length === 0 && (
        <Banner icon={<InfoIcon />}>
          <p>{t('migrate.noCases', { n: route.from })}</p>
        </Banner>
      )}
      {preview !== null && preview.items.length > 0 && (
        <>
          <Steps
            preview={preview}
            onPlace={(elementId, target) => change({ mapping: { ...route.mapping, [elementId]: target } })}
          />
          <Terms value={route.terms} onChange={(terms) => change({ terms })} />
          <Cases preview={preview} left={left} onLeft={setLeft} />
          <div className="action-bar">
            <Button kind="primary" off={chosen.length === 0} onClick={() => setAsking(true)}>
              {t('migrate.send')}
            </Button>
            <span className="small quiet" role="status">
              {chosen.length === 0 ? t('migrate.chooseFirst') : t('migrate.chosen', { n: chosen.length })}
            </span>
          </div>
        </>
      )}
      {asking && <Ask id={item.processId} route={route} chosen={chosen} onClose={() => setAsking(false)} />}
    </div>
  );
}

type VersionsProps = { item: ProcedureItem; route: Route; onChange: (more: Partial<Route>) => void };

function Versions({ item, route, onChange }: VersionsProps) {
  const running = (n: number) => t('procedure.runningCount', { n });
  return (
    <section className="card" aria-labelledby="migrate-versions">
      <header>
        <h2 id="migrate-versions">{t('migrate.versions')}</h2>
      </header>
      <div className="card-body migrate-versions">
        <SelectField
          label={t('migrate.from')}
          value={String(route.from)}
          options={item.versions
            .filter((one) => one.running > 0)
            .map((one) => ({
              value: String(one.version),
              label: `${t('procedure.version', { n: one.version })}, ${running(one.running)}`,
            }))}
          onChange={(from) => {
            const to =
              Number(from) === route.to ? item.versions.find((one) => one.version !== Number(from)) : undefined;
            onChange({ from: Number(from), ...(to === undefined ? {} : { to: to.version }) });
          }}
        />
        <SelectField
          label={t('migrate.to')}
          value={String(route.to)}
          options={item.versions
            .filter((one) => one.version !== route.from)
            .map((one) => ({
              value: String(one.version),
              label:
                t('procedure.version', { n: one.version }) +
                (one.version === item.version ? `, ${t('procedure.inForce')}` : ''),
            }))}
          onChange={(to) => onChange({ to: Number(to) })}
        />
      </div>
    </section>
  );
}

function Steps({ preview, onPlace }: { preview: Preview; onPlace: (elementId: string, target: string) => void }) {
  return (
    <section className="card" aria-labelledby="migrate-steps">
      <header>
        <h2 id="migrate-steps">{t('migrate.steps')}</h2>
      </header>
      <div className="card-body stack">
        {preview.steps.map((step) => (
          <SelectField
            key={step.elementId}
            label={t('migrate.step', { name: step.name })}
            hint={t('migrate.stepCases', { n: step.cases })}
            value={step.target ?? ''}
            none={t('migrate.stepNone')}
            options={step.choices.map((one) => ({ value: one.elementId, label: one.name }))}
            onChange={(target) => onPlace(step.elementId, target)}
          />
        ))}
      </div>
    </section>
  );
}

function Terms({ value, onChange }: { value: TermsChoice; onChange: (value: TermsChoice) => void }) {
  return (
    <section className="card">
      <div className="card-body">
        <ChoiceField
          label={t('migrate.terms')}
          options={[
            { value: 'keep', label: t('migrate.termsKeep') },
            { value: 'renew', label: t('migrate.termsRenew'), note: t('migrate.termsRenewNote') },
          ]}
          value={value}
          onChange={(terms) => onChange(terms as TermsChoice)}
        />
      </div>
    </section>
  );
}

type CasesProps = { preview: Preview; left: ReadonlySet<string>; onLeft: (left: ReadonlySet<string>) => void };

function Cases({ preview, left, onLeft }: CasesProps) {
  const turn = (key: string) => {
    const next = new Set(left);
    if (!next.delete(key)) next.add(key);
    onLeft(next);
  };
  const ready = preview.items.filter((one) => one.blockers.length === 0);
  const all = ready.every((one) => !left.has(one.instanceKey));
  return (
    <section className="card" aria-labelledby="migrate-cases">
      <header>
        <h2 id="migrate-cases">{t('migrate.cases')}</h2>
        {ready.length > 1 && (
          <Button kind="quiet" onClick={() => onLeft(new Set(all ? ready.map((one) => one.instanceKey) : []))}>
            {t(all ? 'migrate.none' : 'migrate.all')}
          </Button>
        )}
      </header>
      {preview.beyond > 0 && <p className="card-body small">{t('migrate.beyond', { n: preview.beyond })}</p>}
      {preview.blocked > 0 && <p className="card-body small">{t('migrate.blocked', { n: preview.blocked })}</p>}
      <table className="table procedures migrate-cases" role="table" aria-labelledby="migrate-cases">
        <thead role="rowgroup">
          <tr role="row">
            {(['case', 'place', 'term'] as const).map((column) => (
              <th key={column} role="columnheader" scope="col">
                {t(`migrate.column.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {preview.items.map((one) => (
            <Row
              key={one.instanceKey}
              item={one}
              on={!left.has(one.instanceKey)}
              onTurn={() => turn(one.instanceKey)}
            />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ item, on, onTurn }: { item: PreviewItem; on: boolean; onTurn: () => void }) {
  const blocked = item.blockers.length > 0;
  return (
    <tr role="row">
      <th role="rowheader" scope="row">
        {blocked ? (
          <WhichCase {...item} />
        ) : (
          <label className="pick">
            <input type="checkbox" checked={on} onChange={onTurn} />
            <WhichCase {...item} />
          </label>
        )}
      </th>
      <td role="cell" data-l={t('migrate.column.place')}>
        <div>
          <Places places={item.places} />
          {item.blockers.map((blocker) => (
            <p className="blocker" key={blocker.elementId + blocker.message}>
              <AlertIcon />
              {blocker.message}
            </p>
          ))}
        </div>
      </td>
      <td role="cell" data-l={t('migrate.column.term')}>
        {blocked ? t('migrate.stays') : <PlannedTerms terms={item.terms} />}
      </td>
    </tr>
  );
}

type AskProps = { id: string; route: Route; chosen: PreviewItem[]; onClose: () => void };

function Ask({ id, route, chosen, onClose }: AskProps) {
  const [, navigate] = useLocation();
  const { grounds, missing, fields } = useGrounds();
  return (
    <ActDialog
      title={t('migrate.askTitle', { n: chosen.length })}
      act={t('migrate.send')}
      run={(intention) =>
        prepareMigration(id, { ...route, instances: chosen.map((one) => one.instanceKey), ...grounds }, intention)
      }
      check={missing}
      onClose={onClose}
      onDone={(migration) => {
        navigate(paths.migration(migration.id));
        toast(t('migrate.sent'));
      }}
    >
      {(errors) => (
        <>
          <p>{t('migrate.follows', { from: route.from, to: route.to })}</p>
          {fields(errors)}
        </>
      )}
    </ActDialog>
  );
}
