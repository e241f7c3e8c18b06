/** What one needs to know of the case beside its task: in brief, what comes next, documents. */
import type { CaseBrief, DocumentBrief, TaskPage } from '../api';
import { dayOf, plainDay } from '../format';
import { t, tCode } from '../i18n';
import { Link } from 'wouter';
import { paths } from '../paths';
import { useSession } from '../session';
import { Restricted, Status } from './basics';
import { BackIcon, DocumentIcon, FolderIcon, PenIcon } from './icons';

export function CaseFacts({ brief }: { brief: CaseBrief }) {
  const { today } = useSession().centre;
  const facts: [string, string][] = [[t('brief.family'), familyWords(brief)]];
  if (brief.socialWorker !== null) facts.push([t('brief.socialWorker'), brief.socialWorker.name]);
  if (brief.assistant !== null) facts.push([t('brief.assistant'), brief.assistant.name]);
  facts.push([
    t('brief.opened'),
    [plainDay(dayOf(brief.openedAt), today), brief.source === null ? '' : tCode('source', brief.source)]
      .filter(Boolean)
      .join(', '),
  ]);
  return (
    <dl className="facts">
      {facts.map(([name, text]) => (
        <div key={name} className="fact">
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
      <div className="fact">
        <dt>{t('brief.consent')}</dt>
        <dd>
          {brief.consent === null ? (
            <Status kind="wait">{t('brief.noConsent')}</Status>
          ) : (
            <Status kind="ok">
              {t('brief.consentSince', { day: plainDay(brief.consent.since.slice(0, 10), today) })}
            </Status>
          )}
        </dd>
      </div>
      {brief.restricted && (
        <div className="fact">
          <dt>{t('brief.access')}</dt>
          <dd>
            <Restricted />
          </dd>
        </div>
      )}
    </dl>
  );
}

function familyWords({ label, family }: CaseBrief): string {
  if (family === null) return label ?? t('casePage.unnamed');
  return [
    label ?? t('casePage.unnamed'),
    t('brief.adults', { n: family.adults }),
    t('brief.children', { n: family.children }),
  ].join(', ');
}

export function CaseInBrief({ brief, folded }: { brief: CaseBrief; folded?: boolean }) {
  if (folded) {
    return (
      <details className="card ctx-phone">
        <summary>
          <FolderIcon />
          {t('brief.title')}
        </summary>
        <div className="card-body">
          <CaseFacts brief={brief} />
          {brief.opens && (
            <Link className="link" href={paths.case(brief.caseNo)}>
              {t('brief.whole')}
            </Link>
          )}
        </div>
      </details>
    );
  }
  return (
    <section className="card ctx-desk">
      <header>
        <h2>{t('brief.title')}</h2>
        {brief.opens && (
          <Link className="small link" href={paths.case(brief.caseNo)}>
            {t('brief.whole')}
          </Link>
        )}
      </header>
      <div className="card-body">
        <CaseFacts brief={brief} />
      </div>
    </section>
  );
}

type NextStepsProps = { now: string; who: string; next: TaskPage['next'] };

/** What may follow, each with the answer that leads to it; what would be done again stands last. */
export function NextSteps({ now, who, next }: NextStepsProps) {
  return (
    <section className="card">
      <header>
        <h2>{t('next.title')}</h2>
      </header>
      <ol className="timeline small next-steps">
        <li className="now">
          <PenIcon />
          <b>{now}</b>
          {who !== '' && <p className="quiet">{who}</p>}
        </li>
        {next.map((step, index) => (
          <li key={`${step.name} ${index}`}>
            {step.again ? <BackIcon /> : <DocumentIcon />}
            {step.again ? t('next.again', { name: step.name }) : step.name}
            <p className="quiet">{step.who}</p>
            {step.when !== null && <p className="quiet">{t('next.when', { answer: step.when })}</p>}
          </li>
        ))}
      </ol>
    </section>
  );
}

export function Documents({ caseNo, documents }: { caseNo: string; documents: DocumentBrief[] }) {
  const { today } = useSession().centre;
  return (
    <section className="card">
      <header>
        <h2>{t('documents.title')}</h2>
      </header>
      <ul className="card-body small doc-list">
        {documents.map((one) => (
          <li className="row between" key={one.number}>
            <Link className="link" href={paths.document(caseNo, one.number)}>
              <DocumentIcon />
              {one.name}
            </Link>
            <span className="quiet num">{plainDay(one.occurredOn ?? dayOf(one.at), today)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
