/** Dziś: what is late, what is due, what comes; the team's queue beside it. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { Button as AriaButton, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { Link, useLocation, useSearchParams } from 'wouter';
import {
  claimTask,
  getStartable,
  getTasks,
  giveTaskBack,
  newIntention,
  onChanges,
  openCase,
  type Answer,
  type Person,
  type Problem,
  type TaskItem,
  type TaskList,
  type TaskQuery,
} from '../api';
import { Banner, Button, Empty, Failure, PageTitle, Waiting, wordsOf } from '../components/basics';
import { DueBadge } from '../components/Due';
import { FilterMenu } from '../components/FilterMenu';
import { AlertIcon, HandIcon, PlusIcon, SearchIcon, TodayIcon } from '../components/icons';
import { toast } from '../components/Overlay';
import { TaskCase, TaskGroup } from '../components/TaskList';
import { dayOf, dueOf, longDay, plainDay, timeOf } from '../format';
import { useLoad } from '../hooks';
import { t } from '../i18n';
import { paths } from '../paths';
import { useSession } from '../session';

const DUE = ['all', 'overdue', 'today', 'week'] as const;
const SORT = ['due', 'priority', 'created'] as const;

/** One of the known words, else the first: an address typed by hand is no error. */
const oneOf = <T extends string>(known: readonly [T, ...T[]], value: string | null): T =>
  known.find((one) => one === value) ?? known[0];

export function Today() {
  const { centre } = useSession();
  const [search, setSearch] = useSearchParams();
  // A searched word may be a name of a family: it stays out of the address and its history.
  const [word, setWord] = useState('');
  const q = useSettled(word.trim(), 300);
  const [pages, setPages] = useState(1);
  const view = search.get('view') ?? 'mine';
  const due = oneOf(DUE, search.get('due'));
  const sort = oneOf(SORT, search.get('sort'));
  const process = search.get('process') ?? '';

  const choose = (name: string, value: string, plain: string) => {
    setPages(1);
    setSearch(
      (before) => {
        const next = new URLSearchParams(before);
        if (value === plain) next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true },
    );
  };
  const clear = () => {
    setWord('');
    setPages(1);
    setSearch({}, { replace: true });
  };

  const wanted: TaskQuery = {
    view,
    q,
    due: due === 'all' ? undefined : due,
    process: process === '' ? undefined : process,
    sort,
  };
  const plain = due === 'all' && q === '' && process === '';
  const list = useLoad(JSON.stringify([wanted, pages]), () => getPages(wanted, pages));
  const queue = useLoad('queue', () => getTasks({ view: 'queue', sort: 'due' }));
  const done = useLoad('done', () => getTasks({ view: 'done', sort: 'created' }));
  const loadedAt = useMomentOf(list.value);
  const { reload: reloadList } = list;
  const { reload: reloadQueue } = queue;
  const { reload: reloadDone } = done;
  const reload = useCallback(() => {
    reloadList();
    reloadQueue();
    reloadDone();
  }, [reloadList, reloadQueue, reloadDone]);
  useEffect(() => onChanges(reload), [reload]);
  const [queueProblem, setQueueProblem] = useState('');
  const claim = useClaim(reload, setQueueProblem);

  const counts = list.value?.counts;
  const doneToday = (done.value?.items ?? []).filter(
    (task) => task.completedAt !== null && dayOf(task.completedAt) === centre.today,
  );
  return (
    <>
      <div className="page-head">
        <div>
          <PageTitle title={t('today.title')} />
          <p>{longDay(centre.today)}</p>
        </div>
        <Intake />
      </div>
      <div className="filter-bar">
        <div className="filters" role="group" aria-label={t('today.show')}>
          <ViewChip id="mine" view={view} label={t('today.mine')} count={counts?.mine} onChoose={choose} />
          <ViewChip id="queue" view={view} label={t('today.queueCount')} count={counts?.queue} onChoose={choose} />
          {counts?.substitute.map((one) => (
            <ViewChip
              key={one.userName}
              id={`substitute:${one.userName}`}
              view={view}
              label={t('today.substitute', { name: one.name })}
              count={one.count}
              onChoose={choose}
            />
          ))}
          <FilterMenu
            name={t('today.dueName')}
            label={t('today.due', { choice: t(`today.due.${due}`) })}
            value={due}
            choices={DUE.map((id) => ({ id, label: t(`today.due.${id}`) }))}
            onChange={(id) => choose('due', id, 'all')}
          />
          <ProcessMenu tasks={list.value?.items ?? []} value={process} onChange={(id) => choose('process', id, '')} />
          <FilterMenu
            name={t('today.sortName')}
            label={t('today.sort', { choice: t(`today.sort.${sort}`) })}
            value={sort}
            choices={SORT.map((id) => ({ id, label: t(`today.sort.${id}`) }))}
            onChange={(id) => choose('sort', id, 'due')}
          />
        </div>
        <div className="find">
          <SearchIcon />
          <input
            className="input"
            type="search"
            aria-label={t('today.findLabel')}
            placeholder={t('today.findLabel')}
            value={word}
            onChange={(event) => {
              setPages(1);
              setWord(event.target.value);
            }}
          />
        </div>
      </div>
      <Announcer list={list.value} query={JSON.stringify(wanted)} />
      <div className={view === 'queue' ? 'stack' : 'with-aside'}>
        <div className="stack">
          {list.value !== null && list.problem !== null && (
            <Banner kind="warn" icon={<AlertIcon />} role="status">
              <p>{t('today.stale', { time: timeOf(loadedAt) })}</p>
            </Banner>
          )}
          {list.value === null && list.problem !== null && <Failure problem={list.problem} onRetry={list.reload} />}
          {list.loading && <Waiting />}
          {list.value !== null && (
            <Groups
              tasks={list.value.items}
              sort={sort}
              action={view === 'queue' ? (task) => <ClaimButton task={task} onClaim={claim} /> : undefined}
            />
          )}
          {view === 'queue' && queueProblem !== '' && <QueueProblem text={queueProblem} />}
          {list.value !== null && list.value.items.length < list.value.total && (
            <Button onClick={() => setPages(pages + 1)}>{t('today.more')}</Button>
          )}
          {list.value?.items.length === 0 && <Nothing plain={plain} queue={view === 'queue'} onClear={clear} />}
          {plain && view === 'mine' && <TaskGroup title={t('today.doneToday')} tasks={doneToday} />}
        </div>
        {view !== 'queue' && (
          <aside className="stack">
            <Queue list={queue.value} problem={queueProblem} onClaim={claim} />
            <Substitutions />
          </aside>
        )}
      </div>
    </>
  );
}

/** The first pages as one list. */
async function getPages(wanted: TaskQuery, pages: number): Promise<Answer<TaskList>> {
  const answers = await Promise.all(
    Array.from({ length: pages }, (_, index) => getTasks({ ...wanted, page: index + 1 })),
  );
  const lists: TaskList[] = [];
  for (const answer of answers) {
    if (!answer.ok) return answer;
    lists.push(answer.value);
  }
  const last = lists[lists.length - 1];
  if (last === undefined) throw new Error('A list has at least one page.');
  return { ok: true, value: { ...last, items: lists.flatMap((list) => list.items) } };
}

/** The value once it has rested for a while: one request for a word, not one for a letter. */
function useSettled(value: string, after: number): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), value === '' ? 0 : after);
    return () => clearTimeout(timer);
  }, [value, after]);
  return settled;
}

/** When the value shown came. */
function useMomentOf(value: unknown): Date {
  const [moment, setMoment] = useState({ value, at: new Date() });
  if (moment.value !== value) setMoment({ value, at: new Date() });
  return moment.at;
}

type ChipProps = {
  id: string;
  view: string;
  label: string;
  count: number | undefined;
  onChoose: (name: string, value: string, plain: string) => void;
};

function ViewChip({ id, view, label, count, onChoose }: ChipProps) {
  return (
    <button type="button" className="chip" aria-pressed={view === id} onClick={() => onChoose('view', id, 'mine')}>
      {label} {count !== undefined && <b>{count}</b>}
    </button>
  );
}

function ProcessMenu({ tasks, value, onChange }: { tasks: TaskItem[]; value: string; onChange: (id: string) => void }) {
  const [names, setNames] = useState<ReadonlyMap<string, string>>(new Map());
  const unseen = tasks.filter((task) => !names.has(task.processId));
  if (unseen.length > 0) {
    setNames(new Map([...names, ...unseen.map((task) => [task.processId, task.processName] as const)]));
  }
  if (names.size < 2 && value === '') return null;
  const choices = [...names].map(([id, label]) => ({ id, label })).sort((a, b) => a.label.localeCompare(b.label));
  const chosen = value === '' ? t('today.process.all') : (names.get(value) ?? value);
  return (
    <FilterMenu
      name={t('today.processName')}
      label={t('today.process', { choice: chosen })}
      value={value}
      choices={[{ id: '', label: t('today.process.all') }, ...choices]}
      onChange={onChange}
    />
  );
}

type GroupsProps = { tasks: TaskItem[]; sort: string; action: ((task: TaskItem) => React.ReactNode) | undefined };

function Groups({ tasks, sort, action }: GroupsProps) {
  const { today, now } = useSession().centre;
  const shared = action === undefined ? {} : { action };
  if (sort !== 'due') return <TaskGroup title={t('today.all')} tasks={tasks} {...shared} />;
  const of = (urgency: string) => tasks.filter((task) => (dueOf(task, today, now)?.urgency ?? 'none') === urgency);
  return (
    <>
      <TaskGroup title={t('today.overdue')} look="late" tasks={of('late')} {...shared} />
      <TaskGroup title={t('today.dueToday')} look="today" tasks={of('today')} {...shared} />
      <TaskGroup title={t('today.next')} tasks={of('later')} {...shared} />
      <TaskGroup title={t('today.noDue')} tasks={of('none')} {...shared} />
    </>
  );
}

function Nothing({ plain, queue, onClear }: { plain: boolean; queue: boolean; onClear: () => void }) {
  return (
    <section className="card">
      {plain ? (
        <Empty icon={<TodayIcon />} title={t(queue ? 'today.queueEmpty' : 'today.empty')}>
          <p>{t(queue ? 'today.queueEmptyText' : 'today.emptyText')}</p>
        </Empty>
      ) : (
        <Empty icon={<SearchIcon />} title={t('today.noMatch')}>
          <p>{t('today.noMatchText')}</p>
          <Button onClick={onClear}>{t('today.clear')}</Button>
        </Empty>
      )}
    </section>
  );
}

/** Says that the list changed by itself, once for each change, and never for the person's own filter. */
function Announcer({ list, query }: { list: TaskList | null; query: string }) {
  const [seen, setSeen] = useState({ query, keys: '', said: '' });
  const keys =
    list?.items.map((task) => `${task.taskKey} ${task.state} ${task.startedBy?.userName ?? ''}`).join() ?? '';
  if (list !== null && (keys !== seen.keys || query !== seen.query)) {
    const same = seen.query === query && seen.keys !== '';
    setSeen({ query, keys, said: same ? t('today.changed') : '' });
  }
  return (
    <p className="vh" role="status">
      {seen.said}
    </p>
  );
}

type Claim = (task: TaskItem) => void;

/** Takes a task from the queue; the toast gives it back as long as nothing else was done. */
function useClaim(reload: () => void, tell: (problem: string) => void): Claim {
  const busy = useRef(false);
  const back = async (task: TaskItem) => {
    const answer = await giveTaskBack(task.taskKey);
    if (answer.ok) toast(t('today.givenBack', { name: task.name }));
    else tell(wordsOf(answer.problem));
    reload();
  };
  const take = async (task: TaskItem) => {
    if (busy.current) return;
    busy.current = true;
    tell('');
    const answer = await claimTask(task.taskKey);
    busy.current = false;
    if (answer.ok) {
      toast(t('today.claimed', { name: task.name }), { label: t('today.undo'), act: () => void back(task) });
    } else {
      tell(takenWords(answer.problem));
    }
    reload();
  };
  return (task) => void take(task);
}

function takenWords(problem: Problem): string {
  const by = problem['claimedBy'] as Person | undefined;
  return by === undefined ? wordsOf(problem) : t('task.taken', { name: by.name });
}

function ClaimButton({ task, onClaim }: { task: TaskItem; onClaim: Claim }) {
  return (
    <Button onClick={() => onClaim(task)}>
      <HandIcon />
      {t('task.claim')}
      <span className="vh">{`: ${task.name}, ${task.caseNo ?? task.processName}`}</span>
    </Button>
  );
}

function QueueProblem({ text }: { text: string }) {
  return (
    <p className="error card-body" role="alert">
      <AlertIcon />
      {text}
    </p>
  );
}

const SHOWN = 5;

function Queue({ list, problem, onClaim }: { list: TaskList | null; problem: string; onClaim: Claim }) {
  const { centre } = useSession();
  if (list === null) return null;
  return (
    <section className="card" aria-labelledby="queue">
      <header>
        <h2 id="queue">{t('today.queue')}</h2>
        <span className="quiet small">{t('today.free', { n: list.total })}</span>
      </header>
      {problem !== '' && <QueueProblem text={problem} />}
      {list.items.length === 0 ? (
        <p className="card-body quiet small">{t('today.queueEmptyText')}</p>
      ) : (
        <ul className="task-list">
          {list.items.slice(0, SHOWN).map((task) => (
            <li key={task.taskKey} className="card-body stack">
              <div className="link-head">
                <Link href={paths.task(task.taskKey)} className="strong link">
                  {task.name}
                </Link>
              </div>
              <TaskCase task={task} />
              <div className="keep">
                <DueBadge task={task} today={centre.today} now={centre.now} />
                <ClaimButton task={task} onClaim={onClaim} />
              </div>
            </li>
          ))}
        </ul>
      )}
      {list.total > SHOWN && (
        <div className="card-body">
          <Link className="link" href="/?view=queue">
            {t('today.queueAll')}
          </Link>
        </div>
      )}
    </section>
  );
}

function Substitutions() {
  const { me, centre } = useSession();
  if (me.actsFor.length === 0) return null;
  return (
    <section className="card" aria-labelledby="substitutions">
      <header>
        <h2 id="substitutions">{t('today.substitutions')}</h2>
      </header>
      <div className="card-body">
        <dl className="facts">
          {me.actsFor.map((one) => (
            <div className="fact" key={one.userName}>
              <dt>{one.name}</dt>
              <dd>{t('today.until', { day: plainDay(one.until.slice(0, 10), centre.today) })}</dd>
            </div>
          ))}
        </dl>
      </div>
    </section>
  );
}

/** Opens a case and goes to its first task; pressed twice or sent again, it is one case. */
function Intake() {
  const startable = useLoad('startable', getStartable);
  const [, navigate] = useLocation();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const intention = useRef({ process: '', key: '' });
  const opening = (startable.value ?? []).filter((procedure) => procedure.opensCase);
  const first = opening[0];
  if (first === undefined) return null;

  const begin = async (process: string) => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    if (intention.current.process !== process) intention.current = { process, key: newIntention() };
    const answer = await openCase(process, intention.current.key);
    setBusy(false);
    if (!answer.ok) {
      setProblem(answer.problem);
      return;
    }
    intention.current = { process: '', key: '' };
    navigate(answer.value.taskKey === null ? paths.case(answer.value.caseNo) : paths.task(answer.value.taskKey));
  };

  return (
    <div>
      {opening.length === 1 ? (
        <Button off={busy} onClick={() => void begin(first.processId)}>
          <PlusIcon />
          {t(busy ? 'today.intakeBusy' : 'today.intake')}
        </Button>
      ) : (
        <MenuTrigger>
          <AriaButton className="button">
            <PlusIcon />
            {t(busy ? 'today.intakeBusy' : 'today.intake')}
          </AriaButton>
          <Popover className="menu-pop" placement="bottom end">
            <Menu className="menu-list" aria-label={t('today.intake')} onAction={(key) => void begin(String(key))}>
              {opening.map((procedure) => (
                <MenuItem key={procedure.processId} id={procedure.processId} className="menu-item">
                  {procedure.name}
                </MenuItem>
              ))}
            </Menu>
          </Popover>
        </MenuTrigger>
      )}
      {problem !== null && (
        <p className="error" role="alert">
          <AlertIcon />
          {wordsOf(problem)}
        </p>
      )}
    </div>
  );
}
