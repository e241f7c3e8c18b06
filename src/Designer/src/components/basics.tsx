/** Parts of one or two elements: button, case number, status, person, banner, empty and waiting places. */
import { useEffect, useRef, type ButtonHTMLAttributes, type ReactNode } from 'react';
import { Link } from 'wouter';
import type { Person, Problem } from '../api';
import { OFFLINE } from '../api';
import { plainDay, dayOf } from '../format';
import { useTitle } from '../hooks';
import { t } from '../i18n';
import { paths } from '../paths';
import { AlertIcon, CheckIcon, ClockIcon, LockIcon, PenIcon } from './icons';

type ButtonProps = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'disabled'> & {
  kind?: 'primary' | 'quiet' | 'danger' | undefined;
  /** Stays focusable and does nothing; the page says why beside it. */
  off?: boolean | undefined;
};

export function Button({ kind, off, className, onClick, type = 'button', ...rest }: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      className={['button', kind, className].filter(Boolean).join(' ')}
      aria-disabled={off ? true : undefined}
      onClick={(event) => {
        if (off) event.preventDefault();
        else onClick?.(event);
      }}
    />
  );
}

export function CaseNo({ no, link }: { no: string; link?: boolean }) {
  const label = <span className="case-no">{no}</span>;
  return link ? (
    <Link className="case-link" href={paths.case(no)}>
      {label}
    </Link>
  ) : (
    label
  );
}

export function Restricted() {
  return (
    <span className="status warn">
      <LockIcon />
      {t('case.restricted')}
    </span>
  );
}

type TaskState = {
  state: 'new' | 'started' | 'done';
  startedBy: Person | null;
  startedAt: string | null;
  completedAt: string | null;
};

/** "W trakcie" carries who began and since when; finished work is plain text. */
export function TaskStatus({ task, me, today }: { task: TaskState; me: string; today: string }) {
  if (task.state === 'done') return <span className="status done">{t('state.done')}</span>;
  if (task.state === 'new') return <span className="status new">{t('state.new')}</span>;
  const since = task.startedAt === null ? '' : t('state.since', { day: plainDay(dayOf(task.startedAt), today) });
  const who = task.startedBy !== null && task.startedBy.userName !== me ? task.startedBy.name : '';
  return (
    <>
      <span className="status started">
        <PenIcon />
        {t('state.started')}
      </span>
      {[who, since].filter(Boolean).join(', ')}
    </>
  );
}

export type StatusKind = 'wait' | 'warn' | 'bad' | 'ok' | 'new' | 'done';
const marks: Partial<Record<StatusKind, ReactNode>> = {
  wait: <ClockIcon />,
  warn: <AlertIcon />,
  bad: <AlertIcon />,
  ok: <CheckIcon />,
};

export function Status({ kind, children }: { kind: StatusKind; children: ReactNode }) {
  return (
    <span className={`status ${kind}`}>
      {marks[kind]}
      {children}
    </span>
  );
}

/** A person with her initials as a stamp; the name is always written. */
export function PersonChip({ person, note }: { person: Person; note?: string | undefined }) {
  return (
    <span className="person">
      <span className="who" aria-hidden="true">
        {initialsOf(person.name)}
      </span>
      <span>
        {person.name}
        {note !== undefined && <span className="quiet small"> {note}</span>}
      </span>
    </span>
  );
}

export const initialsOf = (name: string) =>
  name
    .split(/[\s-]+/)
    .filter(Boolean)
    .slice(0, 2)
    .map((word) => word.charAt(0).toUpperCase())
    .join('');

type BannerProps = {
  kind?: 'warn' | 'bad' | 'ok' | 'law';
  icon: ReactNode;
  role?: 'status' | 'alert';
  children: ReactNode;
};

export function Banner({ kind, icon, role, children }: BannerProps) {
  return (
    <div className={kind === undefined ? 'banner' : `banner ${kind}`} role={role}>
      {icon}
      {children}
    </div>
  );
}

export function Empty({ icon, title, children }: { icon: ReactNode; title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      {icon}
      <h3>{title}</h3>
      {children}
    </div>
  );
}

export function Waiting() {
  return (
    <p className="waiting" role="status">
      {t('wait.loading')}
    </p>
  );
}

/** The words for a failed request: what happened, and that nothing was lost. */
export function wordsOf(problem: Problem): string {
  if (problem.title === OFFLINE) return t('problem.offline');
  if (problem.detail !== '') return problem.detail;
  if (problem.status === 404) return t('problem.notFound');
  if (problem.status === 403) return t('problem.forbidden');
  if (problem.status === 413) return t('problem.tooLarge');
  if (problem.status === 401) return t('problem.signedOut');
  if (problem.status === 429 || problem.status === 503) return t('problem.busy');
  return t('problem.unexpected');
}

export function Failure({ problem, onRetry }: { problem: Problem; onRetry?: (() => void) | undefined }) {
  return (
    <Banner kind="bad" icon={<AlertIcon />} role="alert">
      <p className="strong">{wordsOf(problem)}</p>
      {onRetry && problem.status !== 404 && (
        <div>
          <Button onClick={onRetry}>{t('problem.again')}</Button>
        </div>
      )}
    </Banner>
  );
}

let firstPage = true;

/** The heading of a page. After a change of page it takes the focus, so that reading starts there. */
export function PageTitle({ title, windowTitle }: { title: string; windowTitle?: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useTitle(windowTitle ?? title);
  useEffect(() => {
    if (!firstPage) heading.current?.focus({ preventScroll: true });
    firstPage = false;
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {title}
    </h1>
  );
}
