/** Who looked into the case, when, at what, and why. */
import { getReaders } from '../api';
import { momentWords } from '../caseWords';
import { useLoad } from '../hooks';
import { t, tCode } from '../i18n';
import { useSession } from '../session';
import { Empty, Failure, Waiting } from './basics';
import { PeopleIcon } from './icons';

export function Readers({ caseNo }: { caseNo: string }) {
  const { centre } = useSession();
  const readers = useLoad(`readers:${caseNo}`, () => getReaders(caseNo));
  if (readers.loading) return <Waiting />;
  if (readers.value === null) {
    return readers.problem === null ? null : <Failure problem={readers.problem} onRetry={readers.reload} />;
  }
  const { items } = readers.value;
  return (
    <section className="card" aria-labelledby="readers">
      <header>
        <h2 id="readers">{t('readers.title')}</h2>
        <span className="small quiet">{t('readers.count', { n: items.length })}</span>
      </header>
      {items.length === 0 ? (
        <Empty icon={<PeopleIcon />} title={t('readers.none')} />
      ) : (
        <table className="table" role="table" aria-labelledby="readers">
          <thead role="rowgroup">
            <tr role="row">
              {(['who', 'when', 'what', 'purpose'] as const).map((column) => (
                <th key={column} scope="col" role="columnheader">
                  {t(`readers.${column}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {items.map((item, index) => (
              <tr key={`${item.at} ${index}`} role="row">
                <th scope="row" role="rowheader">
                  {item.who.name}
                </th>
                <td role="cell" data-l={t('readers.when')}>
                  {momentWords(item.at, centre.today)}
                </td>
                <td role="cell" data-l={t('readers.what')}>
                  {readingWords(item.what)}
                </td>
                <td role="cell" data-l={t('readers.purpose')}>
                  {item.purpose ?? '–'}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** "document 3" is "Dokument 3". */
function readingWords(what: string): string {
  const [code = '', ...rest] = what.split(' ');
  return [tCode('reading', code), ...rest].join(' ');
}
