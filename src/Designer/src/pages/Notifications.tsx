/** Messages that left the house (powiadomienia): what arrived, what did not and why; sent again from here. */
import { useState } from 'react';
import { useSearchParams } from 'wouter';
import type { Delivery, DeliveryList, Problem } from '../api';
import { getDeliveries, resend, sendTestMail } from '../api';
import { ActDialog, Refused } from '../components/ActDialog';
import { Banner, Button, CaseNo, Empty, Failure, PageTitle, Status, Waiting } from '../components/basics';
import type { StatusKind } from '../components/basics';
import { AlertIcon, CheckIcon, MailIcon } from '../components/icons';
import { toast } from '../components/Overlay';
import { momentWords } from '../caseWords';
import { useLoad } from '../hooks';
import { t, tCode } from '../i18n';
import { holds, useSession } from '../session';
import '../styles/account.css';

/** In the order of what needs a person. */
const STATES = ['failed', 'bounced', 'unknown', 'planned', 'sending', 'sent', 'suppressed'] as const;
type State = (typeof STATES)[number];

const KINDS: Partial<Record<string, StatusKind>> = {
  failed: 'bad',
  bounced: 'bad',
  unknown: 'warn',
  planned: 'wait',
  sending: 'wait',
  sent: 'ok',
  suppressed: 'done',
};

export default function Notifications() {
  const { me } = useSession();
  const [address, setAddress] = useSearchParams();
  const state = STATES.find((one) => one === address.get('stan'));
  const newest = useLoad(`deliveries:${state ?? ''}`, () => getDeliveries(state));
  const counts = newest.value?.counts ?? {};
  return (
    <>
      <div className="page-head">
        <div>
          <PageTitle title={t('deliveries.title')} />
          <p>{t('deliveries.hint')}</p>
        </div>
        {holds(me, 'admin') && <TestMail />}
      </div>
      <div className="filters" role="group" aria-label={t('deliveries.states')}>
        {[undefined, ...STATES].map((one) => (
          <button
            key={one ?? 'all'}
            type="button"
            className="chip"
            aria-pressed={one === state}
            onClick={() => setAddress(one === undefined ? {} : { stan: one })}
          >
            {one === undefined
              ? t('deliveries.all')
              : t('deliveries.stateCount', { state: tCode('deliveryState', one), n: counts[one] ?? 0 })}
          </button>
        ))}
      </div>
      {newest.loading && <Waiting />}
      {newest.problem !== null && <Failure problem={newest.problem} onRetry={newest.reload} />}
      {newest.value !== null && (
        <Deliveries key={state ?? ''} state={state} first={newest.value} onChanged={newest.reload} />
      )}
    </>
  );
}

type ListProps = { state: State | undefined; first: DeliveryList; onChanged: () => void };

function Deliveries({ state, first, onChanged }: ListProps) {
  const [older, setOlder] = useState<Delivery[]>([]);
  const [more, setMore] = useState(first.more);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [open, setOpen] = useState<Delivery | null>(null);
  const items = [...first.items, ...older];
  const last = items.at(-1);
  const show = async () => {
    const answer = await getDeliveries(state, last?.key);
    setProblem(answer.ok ? null : answer.problem);
    if (!answer.ok) return;
    setOlder([...older, ...answer.value.items]);
    setMore(answer.value.more);
  };
  return (
    <>
      <section className="card" aria-label={t('deliveries.title')}>
        {items.length === 0 ? (
          <Empty icon={<MailIcon />} title={t('deliveries.none')} />
        ) : (
          <DeliveryTable items={items} onResend={setOpen} />
        )}
      </section>
      <Refused problem={problem} />
      {more && (
        <p className="audit-more">
          <Button onClick={() => void show()}>{t('deliveries.older')}</Button>
        </p>
      )}
      {open !== null && (
        <ActDialog
          title={t('deliveries.resendTitle')}
          act={t('deliveries.resendAct')}
          run={() => resend(open.key)}
          onClose={() => setOpen(null)}
          onDone={() => {
            setOpen(null);
            setOlder([]);
            onChanged();
            toast(t('deliveries.resent'));
          }}
        >
          <p className="strong">{open.person.name}</p>
          <p>{t(open.state === 'unknown' ? 'deliveries.resendUnknown' : 'deliveries.resendFollows')}</p>
        </ActDialog>
      )}
    </>
  );
}

type TableProps = { items: Delivery[]; onResend?: (delivery: Delivery) => void };

/** With `onResend` for those who look after everybody's messages; without it one's own. */
export function DeliveryTable({ items, onResend }: TableProps) {
  const { centre } = useSession();
  const columns = onResend ? (['what', 'who', 'when', 'state'] as const) : (['what', 'when', 'state'] as const);
  return (
    <table className="table" role="table" aria-label={t('deliveries.title')}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <th key={column} scope="col" role="columnheader">
              {t(`deliveries.${column}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {items.map((item) => (
          <tr key={item.key} role="row">
            <th scope="row" role="rowheader">
              {tCode('noticeKind', item.kind)}
              <span className="account-name">
                {tCode('channel', item.channel)}
                {item.caseNo !== null && (
                  <>
                    {', '}
                    <CaseNo no={item.caseNo} link />
                  </>
                )}
              </span>
            </th>
            {onResend && (
              <td role="cell" data-l={t('deliveries.who')}>
                {item.person.name}
              </td>
            )}
            <td role="cell" data-l={t('deliveries.when')}>
              {momentWords(item.when, centre.today)}
            </td>
            <td role="cell" data-l={t('deliveries.state')}>
              <span>
                <Status kind={KINDS[item.state] ?? 'wait'}>{tCode('deliveryState', item.state)}</Status>
                {item.reason !== null && <span className="account-name">{item.reason}</span>}
                {item.attempts > 1 && (
                  <span className="account-name">{t('deliveries.attempts', { n: item.attempts })}</span>
                )}
                {onResend && item.resendable && (
                  <Button
                    kind="quiet"
                    aria-label={t('deliveries.resendLabel', { who: item.person.name })}
                    onClick={() => onResend(item)}
                  >
                    {t('deliveries.resend')}
                  </Button>
                )}
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** One message to the administrator herself: does the post work? */
function TestMail() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t('deliveries.test')}</Button>
      {open && <TestMailDialog onClose={() => setOpen(false)} />}
    </>
  );
}

function TestMailDialog({ onClose }: { onClose: () => void }) {
  const [told, setTold] = useState<{ state: string; message: string } | null>(null);
  return (
    <ActDialog
      title={t('deliveries.testTitle')}
      act={t('deliveries.testAct')}
      keep={t('deliveries.testClose')}
      run={() => sendTestMail()}
      onClose={onClose}
      onDone={setTold}
    >
      <p>{t('deliveries.testFollows')}</p>
      {told !== null && (
        <Banner
          kind={told.state === 'sent' ? 'ok' : 'bad'}
          icon={told.state === 'sent' ? <CheckIcon /> : <AlertIcon />}
          role="status"
        >
          <p>{told.message}</p>
        </Banner>
      )}
    </ActDialog>
  );
}
