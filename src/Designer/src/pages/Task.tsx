/** Zadanie: one form, the case beside it, and what happens to the text whatever else happens. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import {
  claimTask,
  completeTask,
  getReceipt,
  getTask,
  giveTaskBack,
  newIntention,
  OFFLINE,
  type Content,
  type Draft,
  type Person,
  type Problem,
  type Receipt,
  type TaskPage,
} from '../api';
import { Attachments } from '../components/Attachments';
import { Banner, Button, CaseNo, Failure, PageTitle, Restricted, Waiting, wordsOf } from '../components/basics';
import { CaseInBrief, Documents, NextSteps } from '../components/CaseAside';
import { canExplain, DueBadge, Why } from '../components/Due';
import { ErrorSummary, type FieldError } from '../components/ErrorSummary';
import { AlertIcon, BackIcon, CheckIcon, ClockIcon, CopyIcon, HandIcon, InfoIcon, PenIcon } from '../components/icons';
import { Dialog, toast } from '../components/Overlay';
import { ProtectChild } from '../components/ProtectChild';
import { ReassignTask } from '../components/ReassignTask';
import { FormView, type FormHandle, type PartPlace } from '../form/FormView';
import { asText, plainAnswers } from '../form/plain';
import { dayOf, nearMoment, plainDay, timeOf } from '../format';
import { useLoad } from '../hooks';
import { t } from '../i18n';
import { landed } from '../leaving';
import { paths } from '../paths';
import { useSession } from '../session';
import { keptOf, useDraft, type DraftState } from './draft';

export default function Task() {
  const { taskKey } = useParams<{ taskKey: string }>();
  const { value, problem, reload } = useLoad(taskKey, () => landed(`task ${taskKey}`).then(() => getTask(taskKey)));
  const [receipt, setReceipt] = useState<Receipt | null>(null);

  if (receipt?.taskKey === taskKey) return <Done receipt={receipt} />;
  if (value === null) {
    return problem === null ? (
      <Waiting />
    ) : (
      <div className="receipt stack">
        <PageTitle title={t(problem.status === 404 ? 'task.missing' : 'task.notLoaded')} />
        <Failure problem={problem} onRetry={reload} />
        <Link className="button" href={paths.today}>
          {t('receipt.today')}
        </Link>
      </div>
    );
  }
  return (
    <>
      <TaskHead page={value} />
      <Work key={taskKey} page={value} onDone={setReceipt} onChanged={reload} />
    </>
  );
}

function TaskHead({ page: { task, case: brief } }: { page: TaskPage }) {
  const { centre, me } = useSession();
  return (
    <>
      <div className="crumbs">
        <Link className="button quiet" href={paths.today} aria-label={t('task.back')}>
          <BackIcon />
          <span>{t('nav.today')}</span>
        </Link>
        {task.caseNo !== null && <CaseNo no={task.caseNo} link />}
        {task.caseNo !== null && <ProtectChild caseNo={task.caseNo} />}
      </div>
      <div className="page-head">
        <div>
          <PageTitle
            title={task.name}
            windowTitle={task.caseNo === null ? task.name : `${task.name}, ${task.caseNo}`}
          />
          <p className="row small">
            {task.caseLabel ?? brief?.label}
            {task.restricted && <Restricted />}
            {task.onBehalfOf !== null && <span>{t('task.onBehalf', { name: task.onBehalfOf.name })}</span>}
            {task.state === 'started' && task.startedBy !== null && task.startedBy.userName !== me.userName && (
              <span>{t('task.startedBy', { name: task.startedBy.name })}</span>
            )}
          </p>
        </div>
        {task.state !== 'done' && <DueBadge task={task} today={centre.today} now={centre.now} />}
        {task.state !== 'done' && task.deadline !== null && canExplain(task.deadline) && (
          <Why deadline={task.deadline} today={centre.today} wide />
        )}
      </div>
    </>
  );
}

type WorkProps = { page: TaskPage; onDone: (receipt: Receipt) => void; onChanged: () => void };

/** Answers to begin with: what was typed and never left this browser, else the draft, else what the server knows. */
function beginning(page: TaskPage, me: string) {
  const kept = keptOf(page.task.taskKey);
  const { draft } = page;
  if (kept === undefined) {
    return { content: { ...page.prefill, ...draft?.content }, revision: draft?.revision ?? 0, turn: 0 };
  }
  // An own later draft is an earlier state of the same text, not a colleague's.
  const revision = draft?.savedBy.userName === me ? draft.revision : kept.revision;
  return { content: kept.content, revision, turn: 0 };
}

function Work({ page, onDone, onChanged }: WorkProps) {
  const { task, form, may } = page;
  const { me } = useSession();
  const [, navigate] = useLocation();
  const [start, setStart] = useState(() => beginning(page, me.userName));
  const [errors, setErrors] = useState<FieldError[]>([]);
  const [turn, setTurn] = useState(0);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const [part, setPart] = useState<PartPlace | null>(null);
  const handle = useRef<FormHandle>(null);
  const intention = useRef({ text: '', key: '' });

  const read = useCallback(() => handle.current?.content() ?? start.content, [start.content]);
  const open = may.complete && task.state !== 'done';
  const draft = useDraft({
    taskKey: task.taskKey,
    revision: start.revision,
    savedAt: page.draft?.savedAt ?? null,
    read,
    on: open && form !== null,
  });

  const showErrors = (found: FieldError[]) => {
    setErrors(found);
    setTurn((n) => n + 1);
  };

  const complete = async () => {
    if (busy) return;
    setProblem(null);
    const judged = form === null ? { form: {}, errors: [] } : (handle.current?.submit() ?? { form: null, errors: [] });
    showErrors(judged.errors);
    if (judged.form === null) return;
    // The same answers sent once more, after a lost connection or a second press, are the same completion.
    const text = JSON.stringify(judged.form);
    if (text !== intention.current.text) intention.current = { text, key: newIntention() };
    setBusy(true);
    const answer = await completeTask(task.taskKey, judged.form, intention.current.key);
    setBusy(false);
    if (answer.ok) {
      draft.stop();
      onDone(answer.value);
      return;
    }
    const told = answer.problem;
    const by = told['completedBy'] as Person | undefined;
    if (told.status === 400 && told.errors !== undefined) {
      intention.current = { text: '', key: '' };
      showErrors(handle.current?.showErrors(told.errors) ?? []);
    } else if (told.status === 409 && by !== undefined) {
      draft.over(by, (told['completedAt'] ?? null) as string | null);
    } else if (told.status === 404) {
      draft.over(null, null);
    } else {
      setProblem(told);
      if (told.title !== OFFLINE) intention.current = { text: '', key: '' };
    }
  };

  const turnPart = (by: 1 | -1) => {
    const found = handle.current?.turnPart(by) ?? [];
    if (found.length > 0) showErrors(found);
    else setErrors([]);
    void draft.save();
  };

  const later = async () => {
    await draft.save();
    navigate(paths.today);
    toast(t('task.keptForLater'));
  };

  const claim = async (take: boolean) => {
    setProblem(null);
    const answer = await (take ? claimTask(task.taskKey) : giveTaskBack(task.taskKey));
    if (!answer.ok) {
      setProblem(claimProblem(answer.problem));
      onChanged();
    } else if (take) {
      onChanged();
    } else {
      navigate(paths.today);
      toast(t('task.givenBack'));
    }
  };

  const { state } = draft;
  if (state.kind === 'over') return <Over state={state} page={page} />;

  return (
    <div className="with-aside">
      <div>
        {page.case !== null && <CaseInBrief brief={page.case} folded />}
        <ErrorSummary errors={errors} turn={turn} onGo={(error) => handle.current?.reveal(error)} />
        {task.state === 'done' && (
          <Banner icon={<CheckIcon />}>
            <p className="strong">{doneWords(task.assignee, task.completedAt)}</p>
          </Banner>
        )}
        {state.kind === 'waiting' && (
          <Banner kind="warn" icon={<AlertIcon />} role="status">
            <p className="strong">{t('draft.offline')}</p>
          </Banner>
        )}
        {state.kind === 'refused' && (
          <Banner kind="warn" icon={<AlertIcon />} role="alert">
            <p className="strong">{t('draft.refused')}</p>
            <p>{wordsOf(state.problem)}</p>
          </Banner>
        )}
        {form !== null && (
          <FormView
            key={`${start.turn} ${open}`}
            schema={form.schema}
            variables={page.variables}
            content={start.content}
            readOnly={!open}
            label={task.name}
            handle={handle}
            resume={page.draft !== null || keptOf(task.taskKey) !== undefined}
            onPart={setPart}
            onReady={draft.begin}
            onChange={draft.changed}
            onBlur={() => void draft.save()}
          />
        )}
        {task.caseNo !== null && (
          <Attachments taskKey={task.taskKey} caseNo={task.caseNo} attachments={page.attachments} off={!open} />
        )}
        {problem !== null && (
          <Banner kind="bad" icon={<AlertIcon />} role="alert">
            <p className="strong">{problem.title === OFFLINE ? t('task.notSent') : wordsOf(problem)}</p>
          </Banner>
        )}
        <div className="action-bar">
          {open && part?.after != null && (
            <Button kind="primary" onClick={() => turnPart(1)}>
              {t('parts.next', { name: part.after })}
            </Button>
          )}
          {open && part?.after == null && (
            <Button kind="primary" off={busy} onClick={() => void complete()}>
              {t(busy ? 'task.sending' : 'task.complete')}
            </Button>
          )}
          {open && part?.before != null && <Button onClick={() => turnPart(-1)}>{t('parts.back')}</Button>}
          {may.claim && (
            <Button kind={open ? undefined : 'primary'} onClick={() => void claim(true)}>
              <HandIcon />
              {t('task.claim')}
            </Button>
          )}
          {open && form !== null && <Button onClick={() => void later()}>{t('task.later')}</Button>}
          {may.reassign && <ReassignTask taskKey={task.taskKey} onChanged={onChanged} />}
          {may.giveBack && <Button onClick={() => void claim(false)}>{t('task.giveBack')}</Button>}
          {open && form !== null && <Saved state={state} />}
          {!open && page.why !== null && <p className="why-not">{page.why}</p>}
        </div>
        {state.kind === 'conflict' && form !== null && (
          <Conflict
            schema={form.schema}
            theirs={state.theirs}
            mine={state.mine}
            onChoose={(mine) => {
              draft.decide(state.theirs, mine);
              if (!mine) {
                setStart({ content: state.theirs.content, revision: state.theirs.revision, turn: start.turn + 1 });
              }
            }}
          />
        )}
      </div>
      <Aside page={page} />
    </div>
  );
}

function claimProblem(problem: Problem): Problem {
  const by = problem['claimedBy'] as Person | undefined;
  return by === undefined ? problem : { ...problem, detail: t('task.taken', { name: by.name }) };
}

function doneWords(by: Person | null, at: string | null): string {
  if (at === null) return t('task.gone');
  const when = t('task.doneAt', { day: plainDay(dayOf(at), dayOf(at)), time: timeOf(at) });
  return by === null ? when : `${when}: ${by.name}`;
}

function Aside({ page, over }: { page: TaskPage; over?: Receipt | null }) {
  const { me } = useSession();
  const { task } = page;
  const who = task.assignee?.name ?? (page.may.complete ? me.name : '');
  return (
    <aside className="stack">
      {page.case !== null && <CaseInBrief brief={page.case} />}
      {over != null && <Following receipt={over} />}
      {over === undefined && task.state !== 'done' && <NextSteps now={task.name} who={who} next={page.next} />}
      {page.documents.length > 0 && task.caseNo !== null && (
        <Documents caseNo={task.caseNo} documents={page.documents} />
      )}
    </aside>
  );
}

const SPOKEN_AT_MOST_EVERY = 60_000;

/** "Zapisano 10:42": always seen, spoken once a minute at most. */
function Saved({ state }: { state: DraftState }) {
  const [spoken, setSpoken] = useState('');
  const last = useRef(0);
  const words = state.kind === 'saved' ? t('draft.saved', { time: timeOf(state.at) }) : '';
  useEffect(() => {
    if (words === '') return;
    const wait = Math.max(0, last.current + SPOKEN_AT_MOST_EVERY - Date.now());
    const timer = setTimeout(() => {
      last.current = Date.now();
      setSpoken(words);
    }, wait);
    return () => clearTimeout(timer);
  }, [words]);
  return (
    <>
      {words !== '' && (
        <span className="saved" aria-hidden="true">
          <CheckIcon />
          {words}
        </span>
      )}
      {state.kind === 'changed' && (
        <span className="saved" aria-hidden="true">
          <PenIcon />
          {t('draft.changed')}
        </span>
      )}
      {state.kind === 'waiting' && (
        <span className="saved waiting" aria-hidden="true">
          <ClockIcon />
          {t('draft.waiting')}
        </span>
      )}
      <span className="vh" role="status">
        {spoken}
      </span>
    </>
  );
}

type ConflictProps = { schema: Content; theirs: Draft; mine: Content; onChoose: (mine: boolean) => void };

/** Two versions side by side; what differs is marked, and the one not chosen can still be copied here. */
function Conflict({ schema, theirs, mine, onChoose }: ConflictProps) {
  const { centre, me } = useSession();
  const when = nearMoment(theirs.savedAt, centre.today);
  const own = theirs.savedBy.userName === me.userName;
  const theirTitle = own
    ? t('conflict.elsewhere', { when })
    : t('conflict.theirs', { name: theirs.savedBy.name, when });
  const sides = [
    { title: t('conflict.mine'), content: mine, other: theirs.content, take: t('conflict.takeMine'), isMine: true },
    { title: theirTitle, content: theirs.content, other: mine, take: t('conflict.takeTheirs'), isMine: false },
  ];
  return (
    <Dialog
      title={own ? t('conflict.titleOwn', { when }) : t('conflict.title', { name: theirs.savedBy.name, when })}
      open
      wide
      role="alertdialog"
    >
      <p>{t('conflict.text')}</p>
      <div className="versions">
        {sides.map((side) => (
          <section key={side.title} aria-label={side.title}>
            <h3>{side.title}</h3>
            <Answers schema={schema} content={side.content} against={side.other} />
            <CopyButton text={asText(plainAnswers(schema, side.content))} />
            <Button onClick={() => onChoose(side.isMine)}>{side.take}</Button>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

function Answers({ schema, content, against }: { schema: Content; content: Content; against?: Content }) {
  const answers = useMemo(() => plainAnswers(schema, content), [schema, content]);
  const others = useMemo(
    () => (against === undefined ? null : new Map(plainAnswers(schema, against).map((one) => [one.label, one.text]))),
    [schema, against],
  );
  if (answers.length === 0) return <p className="quiet">{t('conflict.empty')}</p>;
  return (
    <dl className="answers">
      {answers.map(({ label, text }, index) => {
        const differs = others !== null && others.get(label) !== text;
        return (
          <div key={`${label} ${index}`}>
            <dt>
              {label}
              {differs && <span className="strong"> {t('conflict.differs')}</span>}
            </dt>
            <dd className={differs ? 'other' : undefined}>{text}</dd>
          </div>
        );
      })}
    </dl>
  );
}

function CopyButton({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <Button
      onClick={() => {
        void navigator.clipboard.writeText(text).then(() => setCopied(true));
      }}
    >
      <CopyIcon />
      <span role="status">{t(copied ? 'copy.done' : 'copy.text')}</span>
    </Button>
  );
}

type OverState = Extract<DraftState, { kind: 'over' }>;

/** Somebody else completed it: who and when, what has followed, and the own text in full. */
function Over({ state, page }: { state: OverState; page: TaskPage }) {
  const { centre } = useSession();
  const { taskKey } = page.task;
  const { value: receipt } = useLoad(`receipt ${taskKey}`, () => getReceipt(taskKey));
  const heading = useRef<HTMLDivElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const schema = page.form?.schema ?? {};
  const typed = asText(plainAnswers(schema, state.mine));
  const who =
    state.by === null
      ? t('task.gone')
      : t('over.who', { name: state.by.name, when: state.at === null ? '' : nearMoment(state.at, centre.today) });
  return (
    <div className="with-aside">
      <div>
        <div tabIndex={-1} ref={heading}>
          <Banner kind="warn" icon={<InfoIcon />} role="alert">
            <p className="strong">{who}</p>
            <p>{t('over.kept')}</p>
          </Banner>
        </div>
        {typed !== '' && (
          <section className="card receipt">
            <header>
              <h2>{t('over.yours')}</h2>
              <CopyButton text={typed} />
            </header>
            <div className="card-body">
              <Answers schema={schema} content={state.mine} />
            </div>
          </section>
        )}
        <div className="action-bar">
          <Link className="button primary" href={paths.today}>
            {t('receipt.today')}
          </Link>
          {page.task.caseNo !== null && page.case?.opens === true && (
            <Link className="button" href={paths.case(page.task.caseNo)}>
              {t('receipt.case')}
            </Link>
          )}
        </div>
      </div>
      <Aside page={page} over={receipt} />
    </div>
  );
}

const LOOK_AGAIN_MS = 2_000;
/** What has not come by then waits for somebody to mend it: it is looked for more and more seldom. */
const LOOK_AGAIN_MOST_MS = 60_000;

/** The receipt as it grows: asked for again until nothing more is under way. */
function useReceipt(first: Receipt): Receipt {
  const [receipt, setReceipt] = useState(first);
  const { settled, taskKey } = receipt;
  useEffect(() => {
    if (settled) return;
    let after = LOOK_AGAIN_MS;
    let timer = 0;
    const look = async () => {
      const answer = await getReceipt(taskKey);
      if (timer === 0) return;
      if (answer.ok) setReceipt(answer.value);
      after = Math.min(after * 1.5, LOOK_AGAIN_MOST_MS);
      timer = window.setTimeout(() => void look(), after);
    };
    timer = window.setTimeout(() => void look(), after);
    return () => {
      window.clearTimeout(timer);
      timer = 0;
    };
  }, [settled, taskKey]);
  return receipt;
}

/** After completing: what follows and who has it. */
function Done({ receipt: first }: { receipt: Receipt }) {
  const receipt = useReceipt(first);
  const mine = receipt.next.find((step) => step.mine);
  return (
    <div className="receipt stack">
      <PageTitle title={t('receipt.title')} />
      <Banner kind="ok" icon={<CheckIcon />} role="status">
        <p className="strong">{t('receipt.done', { name: receipt.name, time: timeOf(receipt.completedAt) })}</p>
        {receipt.ended && <p>{t('receipt.ended')}</p>}
      </Banner>
      <Following receipt={receipt} />
      <div className="row">
        {mine?.taskKey != null && (
          <Link className="button primary" href={paths.task(mine.taskKey)}>
            {t('receipt.goOn', { name: mine.name })}
          </Link>
        )}
        <Link className={mine ? 'button' : 'button primary'} href={paths.today}>
          {t('receipt.today')}
        </Link>
        {receipt.caseNo !== null && receipt.opensCase && (
          <Link className="button" href={paths.case(receipt.caseNo)}>
            {t('receipt.case')}
          </Link>
        )}
      </div>
    </div>
  );
}

/** The steps that were made, and whether more are to come; a change is spoken. */
function Following({ receipt }: { receipt: Receipt }) {
  const { centre } = useSession();
  if (receipt.next.length === 0 && receipt.settled) return null;
  return (
    <section className="card" aria-live="polite">
      <header>
        <h2>{t('receipt.next')}</h2>
      </header>
      <ul className="task-list">
        {receipt.next.map((step, index) => (
          <li className="card-body row between" key={`${step.name} ${index}`}>
            <span>
              {step.taskKey === null ? (
                <span className="strong">{step.name}</span>
              ) : (
                <Link className="strong" href={paths.task(step.taskKey)}>
                  {step.name}
                </Link>
              )}
              <span className="task-sub">{step.who}</span>
              {step.procedure !== null && (
                <span className="task-sub">{t('receipt.procedure', { name: step.procedure })}</span>
              )}
            </span>
            <DueBadge task={{ ...step, deadline: null }} today={centre.today} now={centre.now} />
          </li>
        ))}
      </ul>
      {!receipt.settled && (
        <p className="card-body quiet">
          <ClockIcon /> {t('receipt.growing')}
        </p>
      )}
    </section>
  );
}
