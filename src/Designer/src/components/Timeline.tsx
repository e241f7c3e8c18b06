/** What happened in a case, the newest first: what, who, when, why, and whether in time. */
import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import type { Timeline as Page, TimelineItem } from '../api';
import { getTimeline } from '../api';
import { whenOf } from '../caseWords';
import { useLoad } from '../hooks';
import { t } from '../i18n';
import { paths } from '../paths';
import { Button, Empty, Failure, Waiting } from './basics';
import { TermMark } from './Due';
import { AlertIcon, CheckIcon, ClockIcon, DocumentIcon, InfoIcon, PenIcon, PlusIcon, TodayIcon } from './icons';
import { Refused } from './ActDialog';
import { TermResult } from './Terms';

const marks: Record<TimelineItem['kind'], ReactNode> = {
  task: <CheckIcon />,
  timer: <ClockIcon />,
  message: <InfoIcon />,
  start: <PlusIcon />,
  end: <TodayIcon />,
  act: <PenIcon />,
  incident: <AlertIcon />,
  escalation: <AlertIcon />,
};

type Props = { caseNo: string; today: string; /** A short list without older pages. */ first?: number };

export function Timeline({ caseNo, today, first }: Props) {
  const newest = useLoad(`timeline:${caseNo}:${first ?? ''}`, () => getTimeline(caseNo, undefined, first));
  if (newest.loading) return <Waiting />;
  if (newest.value === null) {
    return newest.problem === null ? null : <Failure problem={newest.problem} onRetry={newest.reload} />;
  }
  if (newest.value.items.length === 0) return <Empty icon={<ClockIcon />} title={t('timeline.none')} />;
  return first === undefined ? (
    <WithOlder caseNo={caseNo} today={today} newest={newest.value} />
  ) : (
    // The server never parts events of one moment, so it may give more.
    <Events caseNo={caseNo} today={today} items={newest.value.items.slice(0, first)} />
  );
}

function WithOlder({ caseNo, today, newest }: { caseNo: string; today: string; newest: Page }) {
  const [older, setOlder] = useState<Page | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Parameters<typeof Refused>[0]['problem']>(null);
  const items = [...newest.items, ...(older?.items ?? [])];
  const more = older?.more ?? newest.more;
  const show = async () => {
    if (busy) return;
    setBusy(true);
    const answer = await getTimeline(caseNo, items.at(-1)?.at);
    setBusy(false);
    setProblem(answer.ok ? null : answer.problem);
    if (answer.ok) setOlder({ items: [...(older?.items ?? []), ...answer.value.items], more: answer.value.more });
  };
  return (
    <>
      <Events caseNo={caseNo} today={today} items={items} />
      <Refused problem={problem} />
      {more && (
        <Button off={busy} onClick={() => void show()}>
          {t('timeline.older')}
        </Button>
      )}
    </>
  );
}

function Events({ caseNo, today, items }: { caseNo: string; today: string; items: TimelineItem[] }) {
  return (
    <ol className="timeline">
      {items.map((item, index) => (
        <li key={`${item.at} ${index}`}>
          {marks[item.kind]}
          <time dateTime={item.occurredOn ?? item.at}>{whenOf(item, today)}</time>
          <p className="event-title">{titleOf(item)}</p>
          <p className="quiet">{[whoOf(item), stageOf(item)].filter(Boolean).join(' · ')}</p>
          {item.why !== null && <p>{t('timeline.why', { why: item.why })}</p>}
          {(item.term !== null || item.documentNumber !== null) && (
            <p className="row">
              {item.term !== null && (
                <>
                  <TermMark kind={item.term.kind} />
                  <TermResult term={item.term} />
                </>
              )}
              {item.documentNumber !== null && (
                <Link className="link" href={paths.document(caseNo, item.documentNumber)}>
                  <DocumentIcon />
                  {t('timeline.document')}
                </Link>
              )}
            </p>
          )}
        </li>
      ))}
    </ol>
  );
}

/** A beginning is named as its procedure. */
const titleOf = ({ kind, title }: TimelineItem) => (kind === 'start' ? t('timeline.began', { name: title }) : title);

/** The procedure, unless the title names it. */
const stageOf = ({ stage, title }: TimelineItem) => (title.includes(stage) ? null : stage);

function whoOf(item: TimelineItem): string {
  if (item.who === null) return t(`timeline.${item.kind === 'message' ? 'fromOutside' : 'byProcedure'}`);
  if (item.onBehalfOf === null) return item.who.name;
  return t('timeline.onBehalf', { who: item.who.name, of: item.onBehalfOf.name });
}
