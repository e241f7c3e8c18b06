/** How closed cases would have gone with the change: one line, and behind it the cases that would go otherwise. */
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { ChevronIcon } from '../components/icons';
import { useLoad } from '../hooks';
import { t } from '../i18n';
import { paths } from '../paths';
import { isAdminOnly, useSession } from '../session';
import type { Backtest, BacktestItem, Files } from './api';
import { backtest } from './api';
import '../styles/procedures.css';

/** Asked with the files on the screen; a line that does not come keeps nobody from publishing. */
export function BacktestOf({ id, files, hash }: { id: string; files: Files; hash: string }) {
  const found = useLoad(`backtest ${id} ${hash}`, () => backtest(id, files));
  if (found.value !== null) return <BacktestResult result={found.value} />;
  return (
    <p className="backtest small quiet" role="status">
      {found.problem === null ? t('backtest.running') : t('backtest.failed', { why: found.problem.detail })}
    </p>
  );
}

export function BacktestResult({ result }: { result: Backtest }) {
  const others = result.items.filter((item) => !item.outcome.includes('same'));
  const notes = notesOf(result);
  return (
    <div className="backtest">
      <p>
        <strong>{t('backtest.title')}</strong> {lineOf(result, others.length)}
      </p>
      {result.statutoryLater > 0 && (
        <p className="backtest-law">{t('backtest.statutory', { n: result.statutoryLater })}</p>
      )}
      {notes.length > 0 && <p className="small quiet">{notes.join(' ')}</p>}
      {others.length > 0 && (
        <Cases count={others.length}>
          {others.map((item) => (
            <Case key={item.instanceKey} item={item} />
          ))}
        </Cases>
      )}
    </div>
  );
}

function lineOf({ cases, same }: Backtest, others: number): string {
  if (cases === 0) return t('backtest.none');
  if (others === 0) return t('backtest.allSame', { n: same });
  return same === 0
    ? t('backtest.allOther', { n: others })
    : t('backtest.both', { same: t('backtest.same', { n: same }), n: others });
}

/** What each number above stands for, and what was not looked at. */
function notesOf(result: Backtest): string[] {
  const { otherPath, approvalsLost, laterTerms, earlierTerms, unfinished, leftOut, erased, moved, failed } = result;
  return [
    otherPath > 0 && t('backtest.otherPath', { n: otherPath }),
    approvalsLost > 0 && t('backtest.approvalsLost', { n: approvalsLost }),
    laterTerms > 0 && t('backtest.laterTerms', { n: laterTerms }),
    earlierTerms > 0 && t('backtest.earlierTerms', { n: earlierTerms }),
    unfinished > 0 && t('backtest.unfinished', { n: unfinished }),
    leftOut > 0 && t('backtest.leftOut', { n: leftOut }),
    erased > 0 && t('backtest.erased', { n: erased }),
    moved > 0 && t('backtest.moved', { n: moved }),
    failed > 0 && t('backtest.notReplayed', { n: failed }),
  ].filter((note) => note !== false);
}

function Cases({ count, children }: { count: number; children: ReactNode }) {
  return (
    <details className="why">
      <summary>
        <ChevronIcon />
        {t('backtest.show', { n: count })}
      </summary>
      <ul className="backtest-cases">{children}</ul>
    </details>
  );
}

function Case({ item }: { item: BacktestItem }) {
  const { me } = useSession();
  const name = item.caseNo ?? t('backtest.noCase', { key: item.instanceKey });
  return (
    <li className={item.outcome.includes('statutoryLater') ? 'law' : undefined}>
      <p>
        {item.caseNo !== null && !isAdminOnly(me) ? (
          <Link className="link" href={paths.case(item.caseNo)}>
            {name}
          </Link>
        ) : (
          <strong>{name}</strong>
        )}
        {item.version !== null && <span className="small quiet"> {t('backtest.version', { n: item.version })}</span>}
      </p>
      {item.lines.map((line, index) => (
        <p key={index}>{line}</p>
      ))}
    </li>
  );
}
