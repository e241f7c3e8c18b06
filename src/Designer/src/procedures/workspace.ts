/**
 * The draft of one procedure in this browser: all its files, what was saved of them, what waits for a connection,
 * what a
 * colleague saved meanwhile. It outlives the page inside the application, so nothing typed is lost by going elsewhere.
 */
import type { Person, Problem } from '../api';
import { newIntention, OFFLINE } from '../api';
import type { Files, Locked, ProcedureDraft } from './api';
import { putDraft } from './api';

export type SaveState =
  | { kind: 'idle' }
  | { kind: 'changed' }
  | { kind: 'saving' }
  | { kind: 'saved'; at: string }
  /** No answer; it is tried again every few seconds. */
  | { kind: 'waiting' }
  | { kind: 'conflict'; theirs: ProcedureDraft }
  | { kind: 'refused'; problem: Problem };

export type WorkspaceState = {
  files: Files;
  /** Grows when the files were exchanged from outside the editors, which then load them anew. */
  epoch: number;
  revision: number;
  baseVersion: number;
  outdated: boolean;
  savedBy: Person | null;
  save: SaveState;
};

export const SAVE_AFTER_MS = 1_200;
export const AGAIN_MS = 4_000;

const same = (one: Files, other: Files) => {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
};

export class Workspace {
  readonly id: string;
  readonly locked: Locked;
  state: WorkspaceState;
  private saved: Files;
  private flight: Promise<void> | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private note: string | undefined;
  /** The server does not know yet from which version the draft goes on. */
  private rebased = false;
  /** The same files sent again after a lost connection are the same intention. */
  private sent: { files: Files; intention: string } | null = null;
  private readonly listeners = new Set<() => void>();
  /** Editors hand in what is not in the files yet, before they are read or saved. */
  private readonly pending = new Set<() => Promise<void>>();
  private handing: Promise<void> = Promise.resolve();

  constructor(id: string, draft: ProcedureDraft) {
    this.id = id;
    this.locked = draft.locked;
    this.saved = draft.files;
    this.state = {
      files: draft.files,
      epoch: 0,
      revision: draft.revision,
      baseVersion: draft.baseVersion,
      outdated: draft.outdated,
      savedBy: draft.savedBy,
      save: draft.savedAt === null ? { kind: 'idle' } : { kind: 'saved', at: draft.savedAt },
    };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  read = (): WorkspaceState => this.state;

  get isSaved(): boolean {
    return !this.rebased && same(this.state.files, this.saved);
  }

  /** An editor that holds changes back for a moment; to be let go of with what is given, which takes over the rest. */
  editor(handIn: () => Promise<void>): () => Promise<void> {
    this.pending.add(handIn);
    return () => {
      this.pending.delete(handIn);
      return this.handedIn([handIn]);
    };
  }

  /** All files as they are on the screens now. */
  async current(): Promise<Files> {
    await this.handedIn(this.pending);
    return this.state.files;
  }

  /** One after the other: what an editor is just handing in, also one that is gone, is waited for. */
  private handedIn(editors: Iterable<() => Promise<void>>): Promise<void> {
    const run = this.handing.then(async () => {
      for (const handIn of editors) await handIn();
    });
    this.handing = run.catch(() => undefined);
    return run;
  }

  /** One file as its editor has it. */
  setFile(name: string, text: string): void {
    if (this.state.files[name] === text) return;
    this.put({ files: { ...this.state.files, [name]: text } });
    this.changed();
  }

  /** A file that is not wanted any more. */
  removeFile(name: string): void {
    const files = Object.fromEntries(Object.entries(this.state.files).filter(([one]) => one !== name));
    this.put({ files });
    this.changed();
  }

  /** Files from elsewhere: a repair, an older revision, an archive. */
  exchange(files: Files, note?: string): void {
    this.put({ files, epoch: this.state.epoch + 1 });
    if (note !== undefined) this.note = note;
    this.changed();
  }

  /** Saves at once; true when the server has everything. */
  async save(): Promise<boolean> {
    clearTimeout(this.timer);
    await this.current();
    if (this.flight !== null) await this.flight;
    if (this.isSaved) return true;
    if (this.state.save.kind === 'conflict') return false;
    this.flight = this.send();
    await this.flight;
    this.flight = null;
    return this.isSaved;
  }

  /**
   * Goes on from a newer version: the same files, saved as changes of that one, so that they may be published again.
   */
  async rebase(version: number): Promise<boolean> {
    await this.current();
    this.rebased = true;
    this.sent = null;
    this.put({ baseVersion: version, outdated: false, save: { kind: 'changed' } });
    const done = await this.save();
    return done;
  }

  /** After a conflict: mine goes over theirs, or theirs is what everybody works on. */
  decide(mine: boolean): void {
    if (this.state.save.kind !== 'conflict') return;
    const { theirs } = this.state.save;
    const from = { revision: theirs.revision, baseVersion: theirs.baseVersion, outdated: theirs.outdated };
    this.saved = theirs.files;
    if (mine) {
      this.put({ ...from, save: { kind: 'changed' } });
      void this.save();
    } else {
      const at = theirs.savedAt;
      this.put({
        ...from,
        files: theirs.files,
        epoch: this.state.epoch + 1,
        savedBy: theirs.savedBy,
        save: at === null ? { kind: 'idle' } : { kind: 'saved', at },
      });
    }
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private changed(): void {
    if (this.state.save.kind === 'conflict') return;
    if (this.state.save.kind !== 'waiting') this.put({ save: { kind: 'changed' } });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save(), SAVE_AFTER_MS);
  }

  private async send(): Promise<void> {
    const { files, revision, baseVersion } = this.state;
    const note = this.note;
    if (this.sent === null || !same(this.sent.files, files)) this.sent = { files, intention: newIntention() };
    if (this.state.save.kind !== 'waiting') this.put({ save: { kind: 'saving' } });
    const body = { revision, baseVersion, files, ...(note === undefined ? {} : { note }) };
    const answer = await putDraft(this.id, body, this.sent.intention);
    if (answer.ok) {
      this.saved = files;
      if (this.state.baseVersion === baseVersion) this.rebased = false;
      this.note = undefined;
      this.sent = null;
      const { revision: next, savedAt } = answer.value;
      this.put({ revision: next, savedBy: null, save: { kind: 'saved', at: savedAt } });
      if (!this.isSaved) this.changed();
      return;
    }
    const { problem } = answer;
    if (problem.title === OFFLINE || problem.status >= 500 || problem.status === 429) {
      this.put({ save: { kind: 'waiting' } });
      this.timer = setTimeout(() => void this.save(), AGAIN_MS);
    } else if (problem.status === 409 && problem['draft'] !== undefined) {
      this.put({ save: { kind: 'conflict', theirs: problem['draft'] as ProcedureDraft } });
    } else {
      this.sent = null;
      this.put({ save: { kind: 'refused', problem } });
    }
  }

  private put(next: Partial<WorkspaceState>): void {
    this.state = { ...this.state, ...next };
    this.listeners.forEach((tell) => tell());
  }
}

/** Drafts with words the server does not have yet, by procedure. */
const kept = new Map<string, Workspace>();

export const keptOf = (id: string) => kept.get(id);
export function keep(workspace: Workspace): void {
  kept.set(workspace.id, workspace);
}
export function letGo(workspace: Workspace): void {
  if (workspace.isSaved && kept.get(workspace.id) === workspace) kept.delete(workspace.id);
}
