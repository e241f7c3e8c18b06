/** The audit (dziennik): who changed what, before and after, and whether the chain is whole. */
import { useState } from 'react';
import { useSearchParams } from 'wouter';
import type { Audit, Problem } from '../api';
import { getAudit } from '../api';
import { changesOf } from '../auditWords';
import { Refused } from '../components/ActDialog';
import { Banner, Button, Empty, Failure, PageTitle, Waiting } from '../components/basics';
import { AlertIcon, CheckIcon, DocumentIcon } from '../components/icons';
import { momentWords } from '../caseWords';
import { useLoad } from '../hooks';
import { t, tCode } from '../i18n';
import { holds, useSession } from '../session';
import '../styles/account.css';

const AREAS = {
  accounts: 'dpo admin',
  erasures: 'dpo head',
  absences: 'dpo head',
  settings: 'dpo head admin',
  procedures: 'dpo head admin',
  reading: 'dpo',
};
type Area = keyof typeof AREAS;

export default function AdminAudit() {
  const { me } = useSession();
  const [address, setAddress] = useSearchParams();
  const areas = (Object.keys(AREAS) as Area[]).filter((one) => me.engineAll || holds(me, ...AREAS[one].split(' ')));
  const area = areas.find((one) => one === address.get('area')) ?? areas[0];
  return (
    <>
      <div className="page-head">
        <div>
          <PageTitle title={t('audit.title')} />
          <p>{t('audit.hint')}</p>
        </div>
      </div>
      <div className="filters" role="group" aria-label={t('audit.areas')}>
        {areas.map((one) => (
          <button
            key={one}
            type="button"
            className="chip"
            aria-pressed={one === area}
            onClick={() => setAddress({ area: one })}
          >
            {t(`audit.area.${one}`)}
          </button>
        ))}
      </div>
      {area === undefined ? (
        <Empty icon={<DocumentIcon />} title={t('audit.notYours')} />
      ) : (
        <Area key={area} area={area} />
      )}
    </>
  );
}

function Area({ area }: { area: Area }) {
  const newest = useLoad(`audit:${area}`, () => getAudit(area));
  const [older, setOlder] = useState<Audit['items']>([]);
  const [olderNames, setOlderNames] = useState<Audit['names']>({});
  const [over, setOver] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  if (newest.loading) return <Waiting />;
  if (newest.value === null) {
    return newest.problem === null ? null : <Failure problem={newest.problem} onRetry={newest.reload} />;
  }
  const items = [...newest.value.items, ...older];
  const names = { ...newest.value.names, ...olderNames };
  const last = items.at(-1);
  const show = async () => {
    const answer = await getAudit(area, last?.seq);
    setProblem(answer.ok ? null : answer.problem);
    if (!answer.ok) return;
    setOlder([...older, ...answer.value.items]);
    setOlderNames({ ...olderNames, ...answer.value.names });
    setOver(answer.value.items.length === 0);
  };
  return (
    <>
      {newest.value.verified ? (
        <Banner kind="ok" icon={<CheckIcon />}>
          <p>{t('audit.whole')}</p>
        </Banner>
      ) : (
        <Banner kind="bad" icon={<AlertIcon />} role="alert">
          <p className="strong">{t('audit.broken')}</p>
        </Banner>
      )}
      <section className="card" aria-label={t(`audit.area.${area}`)}>
        {items.length === 0 ? (
          <Empty icon={<DocumentIcon />} title={t('audit.none')} />
        ) : (
          <table className="table" role="table" aria-label={t(`audit.area.${area}`)}>
            <thead role="rowgroup">
              <tr role="row">
                {(['act', 'when', 'who', 'subject', 'changes'] as const).map((column) => (
                  <th key={column} scope="col" role="columnheader">
                    {t(`audit.${column}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody role="rowgroup">
              {items.map((item) => (
                <Row key={item.seq} item={item} names={names} />
              ))}
            </tbody>
          </table>
        )}
      </section>
      <Refused problem={problem} />
      {/* The first entry of an area has the number 1. */}
      {last !== undefined && last.seq > 1 && !over && (
        <p className="audit-more">
          <Button onClick={() => void show()}>{t('audit.older')}</Button>
        </p>
      )}
    </>
  );
}

/** The name people know, the user name of the record small beside it. */
function Who({ userName, names }: { userName: string; names: Audit['names'] }) {
  if (!Object.hasOwn(names, userName)) return userName;
  return (
    <>
      {names[userName]}
      <span className="account-name">{userName}</span>
    </>
  );
}

function Row({ item, names }: { item: Audit['items'][number]; names: Audit['names'] }) {
  const { centre } = useSession();
  const changes = changesOf(item.before, item.after);
  return (
    <tr role="row">
      <th scope="row" role="rowheader">
        {tCode('auditAct', item.act)}
        <span className="account-name">{t('audit.seq', { seq: item.seq })}</span>
      </th>
      <td role="cell" data-l={t('audit.when')}>
        {momentWords(item.at, centre.today)}
      </td>
      <td role="cell" data-l={t('audit.who')}>
        <span>
          <Who userName={item.who} names={names} />
        </span>
      </td>
      <td role="cell" data-l={t('audit.subject')}>
        <span>{item.subject === null ? '–' : <Who userName={item.subject} names={names} />}</span>
      </td>
      <td role="cell" data-l={t('audit.changes')}>
        {changes.length === 0 && '–'}
        <ul className="changes">
          {changes.map(({ field, before, after }) => (
            <li key={field}>
              {field !== '' && <span className="quiet">{tCode('auditField', field)}: </span>}
              {before !== '' && (
                <>
                  <del>
                    <span className="vh">{t('audit.before')} </span>
                    {valueWords(field, before, names, centre.today)}
                  </del>{' '}
                </>
              )}
              <ins>
                <span className="vh">{t('audit.after')} </span>
                {after === '' ? '–' : valueWords(field, after, names, centre.today)}
              </ins>
            </li>
          ))}
        </ul>
      </td>
    </tr>
  );
}

/** Fields whose value is a user name. */
const PEOPLE = ['substitute', 'acceptedBy', 'askedBy'];

function valueWords(field: string, text: string, names: Audit['names'], today: string): string {
  if (field === 'roles') {
    return text
      .split(', ')
      .map((role) => tCode('role', role))
      .join(', ');
  }
  if (/^\d{4}-\d\d-\d\dT/.test(text)) return momentWords(text, today);
  const name = PEOPLE.includes(field) && Object.hasOwn(names, text) ? names[text] : undefined;
  return name ?? tCode('auditValue', text);
}
