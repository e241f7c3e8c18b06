/** What is wrong with the draft, and what the law says of it. A press leads to the place. */
import { useEffect, useRef, useState } from 'react';
import { Refused } from '../components/ActDialog';
import { Button } from '../components/basics';
import { AlertIcon, CheckIcon, PlayIcon, ShieldIcon } from '../components/icons';
import type { Problem } from '../api';
import { shortDay } from '../format';
import { t, tCode } from '../i18n';
import { useSession } from '../session';
import type { Check, CheckProblem, Finding, Trials } from './api';
import { repair } from './api';
import { isFlow, nameOf } from './bpmn';
import { useDates } from './dates';
import type { Live } from './diagram';
import { shortType } from './PropsOther';
import type { Workspace } from './workspace';

/** Errors and unticked warnings stand in the way of publishing. */
export const countOf = (check: Check | null, ticks: ReadonlySet<string>) => ({
  errors: check?.problems.filter((one) => one.severity === 'error').length ?? 0,
  open: check?.problems.filter((one) => one.severity === 'warning' && !ticks.has(one.tick)).length ?? 0,
  broken: check?.guard.filter((one) => !one.holds).length ?? 0,
});

/** A delivered trial that ends otherwise may be accepted by name; one the office saved must pass. */
export function trialsOf(trials: Trials | null, ticks: ReadonlySet<string>) {
  const items = trials?.items ?? [];
  const red = items.filter((one) => !one.passed);
  const delivered = red.filter((one) => one.shipped && one.tick !== null);
  const ticked = delivered.filter((one) => ticks.has(one.tick ?? '')).length;
  return {
    passed: items.length - red.length,
    ticked,
    open: delivered.length - ticked,
    failed: red.length - delivered.length,
  };
}

type ProblemsProps = {
  check: Check | null;
  busy: boolean;
  live: Live;
  ticks: ReadonlySet<string>;
  onTick: (tick: string, on: boolean) => void;
  onGo: (problem: CheckProblem) => void;
};

export function Problems({ check, busy, live, ticks, onTick, onGo }: ProblemsProps) {
  const errors = check?.problems.filter((one) => one.severity === 'error') ?? [];
  const warnings = check?.problems.filter((one) => one.severity === 'warning') ?? [];
  return (
    <section className="card" aria-labelledby="problems">
      <header>
        <h2 id="problems" tabIndex={-1}>
          {t('problems.title')}
        </h2>
        <span className="small quiet" role="status">
          {check === null && busy
            ? t('problems.checking')
            : `${t('problems.errors', { n: errors.length })}, ${t('problems.warnings', { n: warnings.length })}`}
        </span>
      </header>
      {check !== null && errors.length + warnings.length === 0 && <p className="card-body">{t('problems.none')}</p>}
      <ul>
        {[...errors, ...warnings].map((one, index) => (
          <li
            className={one.severity === 'error' ? 'problem grave' : 'problem'}
            key={`${one.tick} ${one.file} ${index}`}
          >
            <AlertIcon />
            <span>
              <span className="vh">{t(`problems.${one.severity}`)} </span>
              <b>{placeOf(one, live)}:</b> {one.message}
            </span>
            <Button kind="quiet" onClick={() => onGo(one)}>
              {t('problems.show')}
            </Button>
            {one.severity === 'warning' && (
              <label className="tick">
                <input
                  type="checkbox"
                  checked={ticks.has(one.tick)}
                  onChange={(event) => onTick(one.tick, event.target.checked)}
                />
                {t('problems.accepted')}
              </label>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The name of the step, or the file. */
function placeOf(problem: CheckProblem, live: Live): string {
  const element = problem.elementId === null ? undefined : live.element(problem.elementId);
  if (element === undefined) return problem.elementId ?? problem.file;
  return nameOf(element) || tCode('kind', shortType(element));
}

/** More rules than these are folded: what matters is that all of them hold. */
const FEW = 8;

type Play = (path: string[], dates: Record<string, string>) => void;
type GuardProps = {
  check: Check | null;
  /** How many the book of this procedure has; none of them is proven of a diagram that cannot be read. */
  rules: number;
  live: Live;
  workspace: Workspace;
  onPlay: Play;
  /** To a step of a way, on the drawing. */
  onGo: (elementId: string) => void;
};

export function Guard({ check, rules, live, workspace, onPlay, onGo }: GuardProps) {
  const broken = check?.guard.filter((one) => !one.holds) ?? [];
  const kept = check?.guard.filter((one) => one.holds) ?? [];
  const unproven = check !== null && check.guard.length === 0 && rules > 0;
  return (
    <section className="card guard" aria-labelledby="guard">
      <header>
        <h2 id="guard" tabIndex={-1}>
          <ShieldIcon />
          {check === null
            ? t('guard.title')
            : unproven
              ? t('guard.unproven')
              : broken.length === 0
                ? t('guard.holds')
                : t('guard.broken', { n: broken.length })}
        </h2>
      </header>
      <div className="card-body stack">
        {broken.map((one) => (
          <Broken key={one.ruleId} finding={one} {...{ live, workspace, onPlay, onGo }} />
        ))}
        {kept.length > 0 && (
          <details open={broken.length === 0 && kept.length <= FEW}>
            <summary className="label">{t('guard.kept', { n: kept.length })}</summary>
            <ul className="kept">
              {kept.map((one) => (
                <li key={one.ruleId}>
                  <CheckIcon />
                  <span>
                    {one.sentence} <span className="quiet">{one.article}</span>
                  </span>
                </li>
              ))}
            </ul>
          </details>
        )}
        {check !== null && check.guard.length === 0 && <p>{t(unproven ? 'guard.unprovenDo' : 'guard.none')}</p>}
      </div>
    </section>
  );
}

type BrokenProps = Omit<GuardProps, 'check' | 'rules'> & { finding: Finding };

function Broken({ finding, live, workspace, onPlay, onGo }: BrokenProps) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const mend = async () => {
    setBusy(true);
    // Saved before, so that what the repair changes can be taken back.
    await workspace.save();
    const answer = await repair(workspace.id, await workspace.current(), finding.ruleId);
    setBusy(false);
    if (answer.ok) workspace.exchange(answer.value.files, t('guard.note', { what: finding.repair ?? '' }));
    else setProblem(answer.problem);
  };
  const { centre } = useSession();
  const steps = finding.path
    .map((id) => live.element(id))
    .filter((one) => one !== undefined)
    .filter((one) => nameOf(one) !== '' && !isFlow(one));
  const dates = useDates(steps, centre.today);
  const dayWords = (id: string) => {
    const day = dates[id]?.day;
    return day === undefined ? '' : shortDay(day, centre.today);
  };
  const play = () => onPlay(finding.path, Object.fromEntries(steps.map((one) => [one.id, dayWords(one.id)])));
  return (
    <article className="broken-rule stack">
      <div className="row between">
        <h3>{finding.meaning ?? finding.sentence}</h3>
        <span className="term law cite">{finding.article}</span>
      </div>
      {finding.meaning !== null && <p>{finding.sentence}</p>}
      {steps.length > 0 && (
        <>
          <h4 className="small quiet">{t('guard.path')}</h4>
          <p className="small quiet">{t('guard.invented')}</p>
          <ol className="counter">
            {steps.map((one, index) => (
              <li key={`${one.id} ${index}`} className={index === steps.length - 1 ? 'bad' : undefined}>
                <b>{dayWords(one.id)}</b>
                <span>
                  <button type="button" className="row-button" onClick={() => onGo(one.id)}>
                    {nameOf(one)}
                  </button>
                  {(dates[one.id]?.words ?? '') !== '' && <span className="quiet"> {dates[one.id]?.words}</span>}
                </span>
              </li>
            ))}
          </ol>
        </>
      )}
      <Refused problem={problem} />
      <div className="row">
        {finding.repair !== null && (
          <Button onClick={() => void mend()} off={busy}>
            {finding.repair}
          </Button>
        )}
        {/* The days come with the way: before they are counted there is nothing to show. */}
        {finding.path.length > 0 && (
          <Button kind="quiet" off={!steps.every((one) => one.id in dates)} onClick={play}>
            <PlayIcon />
            {t('guard.play')}
          </Button>
        )}
      </div>
    </article>
  );
}

const STEP_MS = 450;
/** Room around a way for its dates; a way that would be smaller than this is seen from its beginning. */
const AIR = 60;
const SMALLEST = 0.6;
const READABLE = 0.75;

/** The whole way at once, where it can still be read. */
function showAll(live: Live, way: readonly string[]): void {
  const canvas = live.diagram.get('canvas');
  const shapes = way.flatMap((id) => live.element(id) ?? []).filter((one) => one.waypoints === undefined);
  const [first] = shapes;
  if (first === undefined) return;
  const left = Math.min(...shapes.map((one) => one.x)) - AIR;
  const top = Math.min(...shapes.map((one) => one.y)) - AIR;
  const width = Math.max(...shapes.map((one) => one.x + one.width)) + AIR - left;
  const height = Math.max(...shapes.map((one) => one.y + one.height)) + AIR - top;
  const { clientWidth, clientHeight } = canvas.getContainer();
  const scale = Math.min(1, clientWidth / width, clientHeight / height);
  if (scale < SMALLEST) {
    canvas.zoom(READABLE);
    canvas.scrollToElement(first.id, AIR);
  } else canvas.viewbox({ x: left, y: top, width: clientWidth / scale, height: clientHeight / scale });
}

const NO_WAY: string[] = [];

/**
 * Walks a path step by step; with reduced motion all of it is there at once.
 * @param epoch Of the files: a way through what a repair has replaced is gone with it.
 */
export function usePath(live: Live, epoch: number): { path: string[]; dates: Record<string, string>; play: Play } {
  const [playedIn, setPlayedIn] = useState(epoch);
  const [path, setPath] = useState<string[]>([]);
  const [dates, setDates] = useState<Record<string, string>>({});
  const timer = useRef<ReturnType<typeof setInterval> | undefined>(undefined);
  useEffect(() => () => clearInterval(timer.current), []);
  const play = (wanted: string[], known: Record<string, string>) => {
    clearInterval(timer.current);
    setDates(known);
    setPlayedIn(epoch);
    const calm = typeof matchMedia === 'function' && matchMedia('(prefers-reduced-motion: reduce)').matches;
    const [first] = wanted;
    const seen = live.diagram.get('canvas');
    seen.getContainer().scrollIntoView({ block: 'center' });
    if (calm) {
      setPath(wanted);
      showAll(live, wanted);
      return;
    }
    if (first !== undefined && live.element(first) !== undefined) seen.scrollToElement(first, 80);
    let at = 0;
    setPath(wanted.slice(0, 1));
    timer.current = setInterval(() => {
      at += 1;
      setPath(wanted.slice(0, at + 1));
      const here = wanted[at];
      if (here !== undefined && live.element(here) !== undefined) seen.scrollToElement(here, 80);
      if (at >= wanted.length - 1) clearInterval(timer.current);
    }, STEP_MS);
  };
  return { path: playedIn === epoch ? path : NO_WAY, dates, play };
}
