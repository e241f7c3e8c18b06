/** What the pages about cases on their way to another version share. */
import { Link } from 'wouter';
import { CaseNo, Status, type StatusKind } from '../components/basics';
import { momentWords } from '../caseWords';
import { t } from '../i18n';
import { paths } from '../paths';
import { holds, useSession } from '../session';
import type { Migration, Place, PlannedTerm } from './migrations';
import { placeWords, termWords } from './migrations';

const states: Record<Migration['state'], StatusKind> = {
  waiting: 'wait',
  running: 'wait',
  done: 'ok',
  refused: 'warn',
};

export function MigrationState({ state }: { state: Migration['state'] }) {
  return <Status kind={states[state]}>{t(`migration.state.${state}`)}</Status>;
}

/** File number; whoever works with cases opens it, an administrator reads the number only. */
export function WhichCase({ caseNo, instanceKey }: { caseNo: string | null; instanceKey: string }) {
  const { me } = useSession();
  if (caseNo === null) return <span className="small">{t('migrate.noCase', { key: instanceKey })}</span>;
  return <CaseNo no={caseNo} link={me.engineAll || holds(me, 'head')} />;
}

export function Places({ places }: { places: Place[] }) {
  return (
    <ul>
      {places.map((place) => (
        <li key={place.elementId}>{placeWords(place)}</li>
      ))}
    </ul>
  );
}

export function PlannedTerms({ terms }: { terms: PlannedTerm[] }) {
  const { centre } = useSession();
  if (terms.length === 0) return <span className="quiet">{t('migrate.noTerm')}</span>;
  return (
    <ul>
      {terms.map((term, index) => (
        <li key={`${term.elementId} ${index}`}>
          {terms.length > 1 && <span className="quiet">{term.name}: </span>}
          {termWords(term, centre.today)}
        </li>
      ))}
    </ul>
  );
}

/** Earlier and waiting ones of a procedure, the newest first. */
export function MigrationList({ items }: { items: Migration[] }) {
  const { centre } = useSession();
  if (items.length === 0) return null;
  return (
    <section className="card procedure-waiting" aria-labelledby="migrations">
      <header>
        <h2 id="migrations">{t('migration.list')}</h2>
      </header>
      <ul className="version-list">
        {items.map((one) => (
          <li key={one.id} className="row between">
            <div>
              <Link className="link" href={paths.migration(one.id)}>
                {t('migration.route', { from: one.from, to: one.to })}
              </Link>
              <p className="small quiet">
                {t('migration.by', { who: one.author.name, when: momentWords(one.at, centre.today) })}
              </p>
            </div>
            <MigrationState state={one.state} />
          </li>
        ))}
      </ul>
    </section>
  );
}
