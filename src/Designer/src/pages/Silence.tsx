/** The report of the nightly proof (cisza): cases that could not be proven to have a next step, a person and a date. */
import { Link } from 'wouter';
import { getSilence, type Silence as Report } from '../api';
import { momentWords } from '../caseWords';
import { Banner, Empty, Failure, PageTitle, Waiting } from '../components/basics';
import { AlertIcon, CheckIcon } from '../components/icons';
import { plainDay } from '../format';
import { useLoad } from '../hooks';
import { t, tCode } from '../i18n';
import { paths } from '../paths';
import { useSession } from '../session';
import '../styles/account.css';

export default function Silence() {
  const report = useLoad('silence', getSilence);
  return (
    <>
      <div className="page-head">
        <div>
          <PageTitle title={t('silence.title')} />
          <p>{t('silence.hint')}</p>
        </div>
      </div>
      {report.loading ? (
        <Waiting />
      ) : report.value === null ? (
        report.problem !== null && <Failure problem={report.problem} onRetry={report.reload} />
      ) : (
        <Nights report={report.value} />
      )}
    </>
  );
}

function Nights({ report }: { report: Report }) {
  const { centre } = useSession();
  const [last] = report.nights;
  if (last === undefined) return <Empty icon={<CheckIcon />} title={t('silence.never')} />;
  return (
    <>
      {last.unproven === 0 ? (
        <Banner kind="ok" icon={<CheckIcon />}>
          <p>{t('silence.allWell', { n: last.cases, when: momentWords(last.at, centre.today) })}</p>
        </Banner>
      ) : (
        <Banner kind="bad" icon={<AlertIcon />}>
          <p className="strong">{t('silence.found', { n: last.unproven, when: momentWords(last.at, centre.today) })}</p>
        </Banner>
      )}
      {report.findings.length > 0 && (
        <section className="card" aria-labelledby="findings">
          <header>
            <h2 id="findings">{t('silence.findings')}</h2>
          </header>
          <table className="table" role="table" aria-labelledby="findings">
            <thead role="rowgroup">
              <tr role="row">
                <th scope="col" role="columnheader">
                  {t('silence.case')}
                </th>
                <th scope="col" role="columnheader">
                  {t('silence.what')}
                </th>
              </tr>
            </thead>
            <tbody role="rowgroup">
              {report.findings.map((one) => (
                <tr role="row" key={`${one.caseNo} ${one.kind} ${one.elementId ?? ''}`}>
                  <th scope="row" role="rowheader">
                    <Link href={paths.case(one.caseNo)}>{one.caseNo}</Link>
                  </th>
                  <td role="cell" data-l={t('silence.what')}>
                    {tCode('silenceKind', one.kind)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      <section className="card" aria-labelledby="nights">
        <header>
          <h2 id="nights">{t('silence.nights')}</h2>
        </header>
        <table className="table" role="table" aria-labelledby="nights">
          <thead role="rowgroup">
            <tr role="row">
              {(['night', 'cases', 'unproven'] as const).map((column) => (
                <th key={column} scope="col" role="columnheader">
                  {t(`silence.${column}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {report.nights.map((night) => (
              <tr role="row" key={night.on}>
                <th scope="row" role="rowheader">
                  {plainDay(night.on, centre.today)}
                </th>
                <td role="cell" data-l={t('silence.cases')}>
                  {night.cases}
                </td>
                <td role="cell" data-l={t('silence.unproven')}>
                  {night.unproven}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
