/**
 * The editor of one procedure: drawing and properties, steps as a table, forms, tables, differences, trials, history.
 */
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { Link, useParams } from 'wouter';
import type { Problem } from '../api';
import { Banner, Button, Failure, PageTitle, Waiting } from '../components/basics';
import { AlertIcon, BackIcon, CheckIcon, DocumentIcon, InfoIcon, RedoIcon, UndoIcon } from '../components/icons';
import { toast } from '../components/Overlay';
import { saveFile } from '../files';
import { timeOf } from '../format';
import { useLoad } from '../hooks';
import { t } from '../i18n';
import { landed, leave } from '../leaving';
import { paths } from '../paths';
import { holds, useSession } from '../session';
import type { CheckProblem, ProcedureDraft, ProcedureItem, Vocabulary } from './api';
import { archiveAddress, getDraft, getHistory, getProcedure, getRevision, getVersionFiles, getVocabulary } from './api';
import { Canvas, type Marks } from './Canvas';
import { useCheck, useComparison, useTrials } from './checking';
import { Compare } from './Compare';
import { Conflict } from './Conflict';
import { BPMN_FILE, useDiagram, type Live } from './diagram';
import { executed } from './elements';
import { fieldOf } from './fieldNames';
import { Forms, Tables } from './Forms';
import { Held } from './Held';
import { History } from './History';
import { takeBrought } from './imported';
import { Outline } from './Outline';
import { Guard, Problems, usePath } from './Problems';
import { Properties } from './Properties';
import { PublishBar, type Part } from './Publish';
import { variablesOf } from './rules';
import { Trial } from './Trial';
import { keep, keptOf, letGo, Workspace, type SaveState } from './workspace';
import '../styles/procedures.css';
import '../styles/editor.css';

export default function EditorPage() {
  const { id } = useParams<{ id: string }>();
  const procedure = useLoad(`procedure ${id}`, () => getProcedure(id));
  const draft = useLoad(`draft ${id}`, () => landed(`draft ${id}`).then(() => getDraft(id)));
  const vocabulary = useLoad('vocabulary', getVocabulary);
  const problem = procedure.problem ?? draft.problem ?? vocabulary.problem;
  const again = () => [procedure, draft, vocabulary].forEach((one) => one.reload());
  return (
    <>
      <nav className="crumbs">
        <Link className="link" href={paths.procedure(id)}>
          <BackIcon />
          {procedure.value?.name ?? t('procedure.back')}
        </Link>
      </nav>
      {problem !== null && <Failure problem={problem} onRetry={again} />}
      {problem === null && (procedure.value === null || draft.value === null || vocabulary.value === null) && (
        <Waiting />
      )}
      {procedure.value !== null && draft.value !== null && vocabulary.value !== null && (
        <Editor key={id} item={procedure.value} draft={draft.value} vocabulary={vocabulary.value} />
      )}
    </>
  );
}

const TABS = ['diagram', 'outline', 'forms', 'tables', 'compare', 'trial', 'history'] as const;
export type Tab = (typeof TABS)[number];

const WIDE = '(min-width: 64rem)';
/** The drawing is changed at a desk only; where nobody can tell, it is one. */
function useDesk(): boolean {
  return useSyncExternalStore(
    (tell) => {
      if (typeof matchMedia !== 'function') return () => undefined;
      const query = matchMedia(WIDE);
      query.addEventListener('change', tell);
      return () => query.removeEventListener('change', tell);
    },
    () => typeof matchMedia !== 'function' || matchMedia(WIDE).matches,
  );
}

type EditorProps = { item: ProcedureItem; draft: ProcedureDraft; vocabulary: Vocabulary };

function open(item: ProcedureItem, draft: ProcedureDraft): Workspace {
  const workspace = keptOf(item.processId) ?? new Workspace(item.processId, draft);
  const brought = takeBrought(item.processId);
  if (brought !== null) {
    workspace.exchange(brought.whole ? brought.files : { ...draft.files, ...brought.files }, brought.note);
  }
  keep(workspace);
  return workspace;
}

function Editor({ item, draft, vocabulary }: EditorProps) {
  const { me } = useSession();
  const desk = useDesk();
  const [workspace] = useState(() => open(item, draft));
  const state = useSyncExternalStore(workspace.subscribe, workspace.read);
  const kinds = useMemo(() => executed(vocabulary.elements), [vocabulary.elements]);
  const live = useDiagram(workspace, state.epoch, kinds);
  const [tab, setTab] = useState<Tab>('diagram');
  const [file, setFile] = useState<string | null>(null);
  const [ticks, setTicks] = useState<ReadonlySet<string>>(new Set());
  const [seen, setSeen] = useState<string | null>(null);
  const [tokens, setTokens] = useState<string[]>([]);
  const variables = useMemo(() => variablesOf(state.files), [state.files]);
  const check = useCheck(item.processId, state.files);
  const comparison = useComparison(item.processId, state.files);
  const clean = check.value !== null && check.value.problems.every((one) => one.severity !== 'error');
  // What is in force has been played before it was published; a look at it plays nothing.
  const changed = (comparison.value?.lines.length ?? 0) > 0;
  const trials = useTrials(item.processId, state.files, clean && (changed || tab === 'trial'));
  const { path, dates, play } = usePath(live, state.epoch);
  const back = useBack(workspace, live, tab, item);
  useLeaving(workspace);

  const locked = workspace.locked;
  const marks = useMemo<Marks>(
    () => ({
      changes: comparison.value?.elements ?? [],
      broken: [
        ...(check.value?.guard.filter((one) => !one.holds).flatMap((one) => one.elements) ?? []),
        ...(check.value?.problems.flatMap((one) =>
          one.severity === 'error' && one.elementId !== null ? [one.elementId] : [],
        ) ?? []),
      ],
      locked: locked.elements,
      path,
      dates,
      tokens: tab === 'trial' ? tokens : [],
    }),
    [comparison.value, check.value, locked, path, dates, tokens, tab],
  );
  const goTo = useCallback(
    (elementId: string, property: string | null) => {
      setTab((now) => (now === 'outline' ? now : 'diagram'));
      live.select(elementId);
      // The drawing may just be coming back to the page, and shows its beginning first.
      requestAnimationFrame(() => {
        const element = live.element(elementId);
        if (element !== undefined && element.waypoints === undefined) {
          live.diagram.get('canvas').scrollToElement(elementId, 80);
        }
        focusProperty(property);
      });
    },
    [live],
  );
  /** The drawing is where a way is played; it is brought there first. */
  const playWay = (way: string[], days: Record<string, string>) => {
    if (tab !== 'trial') setTab('diagram');
    requestAnimationFrame(() => play(way, days));
  };
  const showStep = (elementId: string) => {
    setTab('diagram');
    goTo(elementId, null);
    requestAnimationFrame(() => live.diagram.get('canvas').getContainer().scrollIntoView({ block: 'nearest' }));
  };
  const showProblem = (problem: CheckProblem) => {
    if (problem.elementId !== null && problem.file === BPMN_FILE) goTo(problem.elementId, problem.property);
    else openFile(problem.file);
  };
  const openFile = (name: string) => {
    setFile(name);
    setTab(name.endsWith('.dmn') ? 'tables' : name.endsWith('.form') ? 'forms' : 'diagram');
  };
  const toPart = (part: Part) => {
    if (part === 'changes') setTab('compare');
    else if (part === 'trials') setTab('trial');
    else document.getElementById(part)?.scrollIntoView({ block: 'center' });
    if (part === 'problems' || part === 'guard') document.getElementById(part)?.focus();
  };
  const tick = (name: string, on: boolean) => {
    const next = new Set(ticks);
    if (on) next.add(name);
    else next.delete(name);
    setTicks(next);
  };
  const mayEdit = holds(me, 'admin');
  /** What is on the screen is saved before, so that the archive holds it. */
  const download = async () => {
    if (await workspace.save()) await saveFile(archiveAddress(item.processId, 'draft'), `${item.processId}-szkic.zip`);
  };
  const known = { check, rules: item.rules, comparison, trials, ticks, seen };
  const fileProps = { workspace, files: state.files, epoch: state.epoch, chosen: file, onChoose: setFile };
  const properties = (
    <Properties
      live={live}
      vocabulary={vocabulary}
      files={state.files}
      locked={locked}
      problems={check.value?.problems ?? []}
      openFile={openFile}
    />
  );
  return (
    <>
      <div className="editor-head">
        <div>
          <PageTitle title={item.name} windowTitle={t('editor.window')} />
          <p className="small quiet">
            {t('editor.head', { version: item.version, running: t('procedure.runningAll', { n: item.running }) })}
          </p>
        </div>
        <div className="row">
          <Saved state={state.save} onRetry={() => void workspace.save()} />
          <Button kind="quiet" onClick={() => void download()}>
            <DocumentIcon />
            {t('editor.archive')}
          </Button>
        </div>
      </div>
      {state.outdated && (
        <Banner kind="warn" icon={<AlertIcon />}>
          <p>{t('editor.outdated', { n: state.baseVersion })}</p>
          <p>{t('editor.rebaseFollows', { n: item.version })}</p>
          {mayEdit && (
            <div className="row">
              <Button
                onClick={() => {
                  setSeen(null);
                  void workspace.rebase(item.version).then((done) => {
                    if (done) toast(t('editor.rebased', { n: item.version }));
                  });
                  setTab('compare');
                }}
              >
                {t('editor.rebase', { n: item.version })}
              </Button>
            </div>
          )}
        </Banner>
      )}
      {!desk && (
        <Banner icon={<InfoIcon />}>
          <p className="small">{t('editor.phone')}</p>
        </Banner>
      )}
      <Held live={live} locked={locked.elements} onRemoved={() => toPart('guard')} />
      {state.save.kind === 'conflict' && <Conflict workspace={workspace} theirs={state.save.theirs} />}
      <div className="editor-bar">
        <div className="tabs" role="tablist" aria-label={t('editor.parts')}>
          {TABS.filter((one) => desk || !['forms', 'tables'].includes(one)).map((one) => (
            <button
              key={one}
              type="button"
              role="tab"
              id={`tab-${one}`}
              aria-selected={tab === one}
              aria-controls="editor-part"
              tabIndex={tab === one ? 0 : -1}
              onKeyDown={(event) => moveTab(event)}
              onClick={() => setTab(one)}
            >
              {t(`editor.tab.${one}`)}
            </button>
          ))}
        </div>
        {(desk || tab === 'outline') && (
          <div className="row">
            <Button kind="quiet" onClick={() => void back.undo()} off={!back.canUndo} aria-keyshortcuts="Control+Z">
              <UndoIcon />
              {t('editor.undo')}
            </Button>
            <Button kind="quiet" onClick={() => void back.redo()} off={!back.canRedo} aria-keyshortcuts="Control+Y">
              <RedoIcon />
              {t('editor.redo')}
            </Button>
          </div>
        )}
      </div>
      <div id="editor-part" role="tabpanel" aria-labelledby={`tab-${tab}`}>
        {(tab === 'diagram' || tab === 'trial') && (
          <div className={desk && tab === 'diagram' ? 'designer' : 'designer narrow'}>
            <Canvas live={live} kinds={kinds} editable={desk && mayEdit && tab === 'diagram'} marks={marks} />
            {desk && tab === 'diagram' && properties}
          </div>
        )}
        {tab === 'trial' && (
          <Trial workspace={workspace} trials={trials} ticks={ticks} onTick={tick} onTokens={setTokens} />
        )}
        {tab === 'outline' && (
          <div className="designer outline-grid">
            <Outline live={live} kinds={kinds} locked={locked} variables={variables} />
            {properties}
          </div>
        )}
        {tab === 'forms' && <Forms {...fileProps} locked={locked} />}
        {tab === 'tables' && <Tables {...fileProps} />}
        {tab === 'compare' && (
          <Compare comparison={comparison} onSeen={setSeen} onGo={(elementId) => goTo(elementId, null)} />
        )}
        {tab === 'history' && <History workspace={workspace} revision={state.revision} />}
      </div>
      <div className="panels">
        <Guard
          check={check.value}
          rules={item.rules}
          live={live}
          workspace={workspace}
          onPlay={playWay}
          onGo={showStep}
        />
        <Problems check={check.value} busy={check.busy} live={live} ticks={ticks} onTick={tick} onGo={showProblem} />
      </div>
      <PublishBar {...known} workspace={workspace} outdated={state.outdated} onGo={toPart} mayPublish={mayEdit} />
    </>
  );
}

/** Arrow keys walk along the tabs, as everywhere. */
function moveTab(event: React.KeyboardEvent<HTMLButtonElement>): void {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step === undefined) return;
  const all = [...(event.currentTarget.parentElement?.querySelectorAll<HTMLElement>('[role=tab]') ?? [])];
  const next = all[(all.indexOf(event.currentTarget) + step + all.length) % all.length];
  next?.focus();
  next?.click();
}

/** The field of a property, opened where it is folded; without one, the heading of the panel. */
function focusProperty(property: string | null): void {
  const panel = document.getElementById('properties');
  if (panel === null) return;
  const place =
    property === null ? null : panel.querySelector<HTMLElement>(`[data-property="${CSS.escape(fieldOf(property))}"]`);
  place?.closest('details')?.setAttribute('open', '');
  const field = place?.querySelector<HTMLElement>('input, select, textarea, button');
  (field ?? document.getElementById('props-title'))?.focus();
  field?.scrollIntoView({ block: 'center' });
}

function Saved({ state, onRetry }: { state: SaveState; onRetry: () => void }) {
  const words = () => {
    switch (state.kind) {
      case 'idle':
        return t('editor.save.idle');
      case 'changed':
      case 'saving':
        return t('editor.save.saving');
      case 'saved':
        return t('editor.save.saved', { time: timeOf(state.at) });
      case 'waiting':
        return t('editor.save.waiting');
      case 'conflict':
        return t('editor.save.conflict', { who: state.theirs.savedBy?.name ?? '' });
      case 'refused':
        return refusedWords(state.problem);
    }
  };
  const bad = state.kind === 'waiting' || state.kind === 'refused' || state.kind === 'conflict';
  return (
    <span className={bad ? 'saved bad' : 'saved'} role="status">
      {bad ? <AlertIcon /> : <CheckIcon />}
      {words()}
      {(state.kind === 'waiting' || state.kind === 'refused') && (
        <Button kind="quiet" onClick={onRetry}>
          {t('problem.again')}
        </Button>
      )}
    </span>
  );
}

const refusedWords = (problem: Problem) => (problem.detail === '' ? t('editor.save.refused') : problem.detail);

/** The draft goes with the person to other pages of the application, and the browser asks before it is closed. */
function useLeaving(workspace: Workspace): void {
  useEffect(() => {
    document.body.classList.add('wide-page');
    const leaving = (event: BeforeUnloadEvent) => {
      if (!workspace.isSaved) event.preventDefault();
    };
    const online = () => void workspace.save();
    window.addEventListener('beforeunload', leaving);
    window.addEventListener('online', online);
    return () => {
      document.body.classList.remove('wide-page');
      window.removeEventListener('beforeunload', leaving);
      window.removeEventListener('online', online);
      leave(
        `draft ${workspace.id}`,
        workspace.save().then(() => letGo(workspace)),
      );
    };
  }, [workspace]);
}

/**
 * Back and forth: first the commands of this visit, then, after the page was loaded anew, the states of the draft the
 * server
 * has kept. What a repair or an older state replaced is such a state too.
 */
function useBack(workspace: Workspace, live: Live, tab: Tab, item: ProcedureItem) {
  const shown = useRef<number | null>(null);
  const [busy, setBusy] = useState(false);
  const stack = live.diagram.get('commandStack');
  const onDrawing = tab === 'diagram' || tab === 'outline' || tab === 'compare';
  const canCommand = live.ready && onDrawing && stack.canUndo();
  const jump = async (way: -1 | 1) => {
    if (busy) return;
    setBusy(true);
    await workspace.save();
    const list = await getHistory(workspace.id);
    const from = shown.current ?? workspace.read().revision;
    const known = list.ok ? [0, ...list.value.items.map((one) => one.revision)].sort((a, b) => a - b) : [];
    const wanted = way < 0 ? known.filter((one) => one < from).at(-1) : known.find((one) => one > from);
    const answer =
      wanted === undefined
        ? null
        : wanted === 0
          ? await getVersionFiles(workspace.id, item.version)
          : await getRevision(workspace.id, wanted);
    setBusy(false);
    if (answer === null) toast(t('editor.noEarlier'));
    else if (answer.ok) {
      shown.current = wanted ?? null;
      workspace.exchange(answer.value.files, t(way < 0 ? 'editor.undo' : 'editor.redo'));
    }
  };
  const undo = async () => {
    if (canCommand) stack.undo();
    else await jump(-1);
  };
  const redo = async () => {
    if (live.ready && onDrawing && stack.canRedo()) stack.redo();
    else if (shown.current !== null) await jump(1);
  };
  const latest = useRef({ undo, redo });
  useEffect(() => {
    latest.current = { undo, redo };
  });
  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      const at = event.target instanceof HTMLElement ? event.target : null;
      if (
        !(event.ctrlKey || event.metaKey) ||
        at?.closest('input, textarea, select, [contenteditable], .djs-container, .fjs-container, .dmn-editor')
      ) {
        return;
      }
      const key = event.key.toLowerCase();
      if (key === 'z' && !event.shiftKey) void latest.current.undo();
      else if (key === 'y' || (key === 'z' && event.shiftKey)) void latest.current.redo();
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', keys);
    return () => document.removeEventListener('keydown', keys);
  }, []);
  // An edit of the person begins a new line of states.
  useEffect(() => {
    if (stack.canUndo()) shown.current = null;
  }, [live.turn, stack]);
  return {
    undo,
    redo,
    canUndo: canCommand || workspace.read().revision > 0,
    canRedo: live.ready && stack.canRedo(),
  };
}
