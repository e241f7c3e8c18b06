/** Terms of a case: what, whose, until when, done when, kept or by how many days missed. */
import type { Term } from '../api';
import { countTerms, resultOf } from '../caseWords';
import { plainDay } from '../format';
import { t } from '../i18n';
import { Status } from './basics';
import { TermMark } from './Due';

/** Open ones first by their day, then the newest. */
function inOrder(terms: Term[]): Term[] {
  const open = (term: Term) => term.doneOn === null;
  return [...terms].sort((a, b) => {
    if (open(a) !== open(b)) return open(a) ? -1 : 1;
    return open(a) ? a.dueOn.localeCompare(b.dueOn) : b.dueOn.localeCompare(a.dueOn);
  });
}

export function Terms({ terms, today }: { terms: Term[]; today: string }) {
  return (
    <section className="card" aria-labelledby="terms">
      <header>
        <h2 id="terms">{t('terms.title')}</h2>
        <span className="small quiet">{countTerms(terms)}</span>
      </header>
      {terms.length === 0 ? (
        <p className="card-body small quiet">{t('terms.none')}</p>
      ) : (
        <table className="table terms" role="table" aria-labelledby="terms">
          <thead role="rowgroup">
            <tr role="row">
              {(['what', 'kind', 'due', 'done', 'result'] as const).map((column) => (
                <th key={column} scope="col" role="columnheader">
                  {t(`terms.${column}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {inOrder(terms).map((term, index) => (
              <Row key={`${term.name} ${term.dueOn} ${index}`} term={term} today={today} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Row({ term, today }: { term: Term; today: string }) {
  return (
    <tr role="row">
      <th scope="row" role="rowheader">
        {term.name}
      </th>
      <td role="cell" data-l={t('terms.kind')}>
        <span>
          <TermMark kind={term.kind} />
        </span>
      </td>
      <td role="cell" data-l={t('terms.due')} className="num">
        {plainDay(term.dueOn, today)}
      </td>
      <td role="cell" data-l={t('terms.done')}>
        {term.doneOn === null ? '–' : plainDay(term.doneOn, today)}
      </td>
      <td role="cell" data-l={t('terms.result')}>
        <TermResult term={term} />
      </td>
    </tr>
  );
}

export function TermResult({ term }: { term: Term }) {
  const { kind, words } = resultOf(term);
  return <Status kind={kind}>{words}</Status>;
}
