/** Tasks as rows: the whole row is the link, the derivation of the term lies under it. */
import { useId, type ReactNode } from 'react';
import { Link } from 'wouter';
import type { TaskItem } from '../api';
import { timeOf } from '../format';
import { t } from '../i18n';
import { paths } from '../paths';
import { useSession } from '../session';
import { CaseNo, Restricted, TaskStatus } from './basics';
import { canExplain, DueBadge, Why } from './Due';

type GroupProps = { title: string; look?: 'late' | 'today'; tasks: TaskItem[]; action?: (task: TaskItem) => ReactNode };

export function TaskGroup({ title, look, tasks, action }: GroupProps) {
  const id = useId();
  if (tasks.length === 0) return null;
  return (
    <section className="card" aria-labelledby={id}>
      <div className={look === undefined ? 'group-head' : `group-head ${look}`}>
        <h2 id={id}>{title}</h2>
        <span className="count">{t('today.count', { n: tasks.length })}</span>
      </div>
      <ul className="task-list">
        {tasks.map((task) => (
          <li key={task.taskKey}>
            <div className={action === undefined ? undefined : 'task-line'}>
              <TaskRow task={task} />
              {action !== undefined && <div className="task-act">{action(task)}</div>}
            </div>
            {task.state !== 'done' && <WhyOf task={task} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function WhyOf({ task }: { task: TaskItem }) {
  const { today } = useSession().centre;
  const { deadline } = task;
  return deadline === null || !canExplain(deadline) ? null : <Why deadline={deadline} today={today} />;
}

function TaskRow({ task }: { task: TaskItem }) {
  const { me, centre } = useSession();
  return (
    <Link className="task-row" href={paths.task(task.taskKey)}>
      <span>
        <span className="task-name">{task.name}</span>
        <TaskCase task={task} />
      </span>
      <span className="task-end">
        <span className="task-state">
          {task.state === 'done' && task.completedAt !== null ? (
            <span className="status done">{t('today.doneAt', { time: timeOf(task.completedAt) })}</span>
          ) : (
            <TaskStatus task={task} me={me.userName} today={centre.today} />
          )}
        </span>
        {task.state !== 'done' && <DueBadge task={task} today={centre.today} now={centre.now} />}
      </span>
    </Link>
  );
}

/** Where the task belongs; without a case, the procedure. */
export function TaskCase({ task }: { task: TaskItem }) {
  return (
    <span className="task-sub">
      {task.caseNo === null ? <span>{task.processName}</span> : <CaseNo no={task.caseNo} />}
      {task.caseLabel !== null && <span>{task.caseLabel}</span>}
      {task.restricted && <Restricted />}
    </span>
  );
}
