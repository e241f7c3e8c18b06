/** Where the case stands: its stages in a strip, "Teraz", and the drawing of the stage one chooses. */
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { Link } from 'wouter';
import type { CasePage, Diagram, Stage } from '../api';
import { getDiagram } from '../api';
import { besideOf, namesOf } from '../bpmnWords';
import { dayOf, plainDay } from '../format';
import { useLoad } from '../hooks';
import { t } from '../i18n';
import { paths } from '../paths';
import { useSession } from '../session';
import '../styles/stages.css';
import { Failure, Waiting } from './basics';
import { DueBadge } from './Due';
import { AlertIcon, CheckIcon, ChevronIcon, ClockIcon } from './icons';

const BpmnView = lazy(() => import('./BpmnView'));

export function Stages({ page, caseNo }: { page: CasePage; caseNo: string }) {
  const { stages, now } = page;
  const current =
    stages.find((stage) => stage.state === 'stopped') ?? stages.findLast((stage) => stage.state === 'now');
  const first = current ?? stages.findLast((stage) => stage.instanceKey !== null);
  const [chosen, setChosen] = useState<string | null>(null);
  const key = chosen ?? first?.instanceKey ?? null;
  const shown = stages.find((stage) => stage.instanceKey !== null && stage.instanceKey === key);
  return (
    <section className="card" aria-labelledby="stages">
      <header>
        <h2 id="stages">{current === undefined ? t('stages.ended') : t('stages.now', { stage: current.name })}</h2>
        <span className="small quiet">{t('stages.count', { n: stages.length })}</span>
      </header>
      <Strip stages={stages} shown={shown} onChoose={setChosen} />
      <NowList now={now} />
      {shown?.instanceKey != null && <DiagramPart caseNo={caseNo} stage={shown} instanceKey={shown.instanceKey} />}
    </section>
  );
}

type StripProps = { stages: Stage[]; shown: Stage | undefined; onChoose: (instanceKey: string) => void };

function Strip({ stages, shown, onChoose }: StripProps) {
  const strip = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // On a phone the current stage is in view without a press.
    const box = strip.current;
    const here = box?.querySelector<HTMLElement>('[aria-pressed="true"]');
    if (box && here) box.scrollLeft = here.offsetLeft - box.offsetLeft - 16;
  }, []);
  return (
    <div className="stage-strip" ref={strip} role="group" aria-label={t('stages.label')}>
      <ol className="steps">
        {stages.map((stage, index) => (
          <li key={stage.instanceKey ?? `${stage.processId} ${index}`} className={lookOf(stage)}>
            {stage.instanceKey === null ? (
              <div className="cell">
                <StageWords stage={stage} />
              </div>
            ) : (
              <button
                type="button"
                aria-pressed={stage === shown}
                onClick={() => stage.instanceKey !== null && onChoose(stage.instanceKey)}
              >
                <StageWords stage={stage} />
              </button>
            )}
          </li>
        ))}
      </ol>
    </div>
  );
}

const lookOf = ({ state }: Stage) => ({ done: 'done', now: 'now', stopped: 'bad', next: undefined })[state];

function StageWords({ stage }: { stage: Stage }) {
  const { centre } = useSession();
  const day = (moment: string | null) => (moment === null ? '' : plainDay(dayOf(moment), centre.today));
  return (
    <>
      <strong>{stage.name}</strong>
      <small>
        {stage.state === 'done' && <CheckIcon />}
        {stage.state === 'now' && <ClockIcon />}
        {stage.state === 'stopped' && <AlertIcon />}
        {stage.state === 'done'
          ? t('stages.done', { day: day(stage.endedAt) })
          : stage.state === 'now'
            ? t('stages.since', { day: day(stage.startedAt) })
            : t(stage.state === 'stopped' ? 'stages.stopped' : 'stages.next')}
      </small>
    </>
  );
}

function NowList({ now }: { now: CasePage['now'] }) {
  const { centre } = useSession();
  if (now.length === 0) return <p className="card-body small quiet">{t('stages.nothingNow')}</p>;
  return (
    <ul className="now-list" aria-label={t('stages.nowLabel')}>
      {now.map((task, index) => (
        <li key={task.taskKey ?? index}>
          <p className="small">
            {task.taskKey === null ? (
              <b>{task.name}</b>
            ) : (
              <Link className="link strong" href={paths.task(task.taskKey)}>
                {task.name}
              </Link>
            )}
            <br />
            <span className="quiet">{t('stages.who', { who: task.who })}</span>
          </p>
          <DueBadge task={task} today={centre.today} now={centre.now} />
        </li>
      ))}
    </ul>
  );
}

type PartProps = { caseNo: string; stage: Stage; instanceKey: string };

/** Open from the start where there is room for it; the drawing is fetched only when it is open. */
function DiagramPart({ caseNo, stage, instanceKey }: PartProps) {
  const [open, setOpen] = useState(() => matchMedia('(min-width: 64rem)').matches);
  return (
    <details className="why stage-diagram" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <ChevronIcon />
        {t('diagram.open', { stage: stage.name })}
      </summary>
      {open && <Loaded caseNo={caseNo} instanceKey={instanceKey} />}
    </details>
  );
}

function Loaded({ caseNo, instanceKey }: { caseNo: string; instanceKey: string }) {
  const diagram = useLoad(`diagram:${caseNo}:${instanceKey}`, () => getDiagram(caseNo, instanceKey));
  if (diagram.value === null) {
    return diagram.problem === null ? <Waiting /> : <Failure problem={diagram.problem} onRetry={diagram.reload} />;
  }
  return (
    <>
      <Suspense fallback={<Waiting />}>
        <BpmnView diagram={diagram.value} />
      </Suspense>
      <div className="card-body stack">
        <ul className="legend" aria-label={t('diagram.legend')}>
          {(['now', 'done', 'stopped', 'taken'] as const).map((one) => (
            <li key={one} className={one}>
              <i aria-hidden="true" />
              {t(`diagram.legend.${one}`)}
            </li>
          ))}
        </ul>
        <Steps diagram={diagram.value} />
      </div>
    </>
  );
}

/** The same as the drawing in words. */
function Steps({ diagram }: { diagram: Diagram }) {
  const { centre } = useSession();
  const names = useMemo(() => namesOf(diagram.xml), [diagram.xml]);
  const beside = useMemo(() => besideOf(diagram.xml), [diagram.xml]);
  const here = diagram.active.map((one) => one.elementId);
  const named = (ids: string[]) => ids.flatMap((id) => names.get(id) ?? []);
  const stopped = named(diagram.stopped);
  // What people and the procedure did; questions and events on the way stay in the drawing.
  const done = named(diagram.completed.filter((id) => !here.includes(id) && !beside.has(id)));
  const active = diagram.active.filter((one) => !diagram.stopped.includes(one.elementId));
  return (
    <div className="step-list">
      <div>
        <h3>{t('diagram.list.now')}</h3>
        <ul>
          {active.length === 0 && <li className="quiet">{t('diagram.list.nothing')}</li>}
          {active.map((one, index) => (
            <li key={`${one.elementId} ${index}`}>
              {one.taskKey === null ? one.name : <Link href={paths.task(one.taskKey)}>{one.name}</Link>}{' '}
              <span className="quiet">
                {[one.who ?? '', t('state.since', { day: plainDay(dayOf(one.since), centre.today) })]
                  .filter(Boolean)
                  .join(', ')}
              </span>
            </li>
          ))}
        </ul>
      </div>
      {stopped.length > 0 && (
        <div>
          <h3>{t('diagram.list.stopped')}</h3>
          <ul>
            {stopped.map((name) => (
              <li key={name}>{name}</li>
            ))}
          </ul>
          <p className="quiet">{t('diagram.list.stoppedHint')}</p>
        </div>
      )}
      <div>
        <h3>{t('diagram.list.done')}</h3>
        <ul>
          {done.length === 0 && <li className="quiet">{t('diagram.list.nothing')}</li>}
          {done.map((name, index) => (
            <li key={`${name} ${index}`}>{name}</li>
          ))}
        </ul>
      </div>
    </div>
  );
}
