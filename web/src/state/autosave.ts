/**
 * Autosave: every edit is journalled on the server, so that neither a killed browser nor a killed server loses work.
 *
 * Each tab has two files: a snapshot of the document, and the journal of patches since. An edit is written at once; while
 * one write is under way, what follows gathers for the next. What cannot be written waits and is tried again. A journal
 * that grew long makes a new snapshot with a higher generation; a journal of another generation belongs to an older one
 * and is passed over. Windows do not share: each holds a lock by number and has a folder of its own.
 */
import { createStore } from "zustand/vanilla";
import { api } from "../api/client.ts";
import type { Document } from "../core/document.ts";
import type { Patch } from "../core/edit.ts";
import { isSame } from "../core/json.ts";
import type { Tab } from "../core/workspace.ts";
import { readJournal, restore, type Snapshot } from "../core/journal.ts";
import { runner, workspace } from "./editor.ts";

interface TabList {
  /** `promptId`: the job that was started last, whose results the tab shows. */
  readonly tabs: readonly { readonly id: string; readonly name: string; readonly promptId?: string }[];
  readonly active: string;
}

/** Whether all edits are safe on the server. */
export const autosave = createStore<{ readonly isSafe: boolean }>(() => ({ isSafe: true }));

const LONGEST_JOURNAL = 150;
const AGAIN_MS = 1000;
const MOST_WINDOWS = 20;

let folder = "easel/tabs-0";
const writers = new Map<string, TabWriter>();
const lastJobs = new Map<string, string>();
let list: ListWriter | null = null;

/** Open what was open when this window was last closed, however that came. False if that was nothing. */
export async function restoreTabs(): Promise<boolean> {
  folder = `easel/tabs-${await takeNumber()}`;
  const stored = await readJson<TabList>("list.json");
  for (const { id, name, promptId } of stored?.tabs ?? []) {
    const snapshot = await readJson<Snapshot>(`${id}.json`);
    if (!snapshot) continue;
    const journal = readJournal(await readJson<unknown>(`${id}.journal.json`));
    const document = restore(snapshot, journal);
    const session = workspace.open(name, document, id);
    if (snapshot.saved && !isSame(snapshot.saved, document)) session.store.setState({ saved: snapshot.saved });
    writers.set(id, new TabWriter(id, snapshot.generation, session));
    if (promptId) {
      lastJobs.set(id, promptId);
      void runner.adopt(id, promptId).catch(() => undefined);
    }
  }
  if (stored) workspace.activate(stored.active);
  return workspace.state.tabs.length > 0;
}

/** From now on, keep all tabs on the server. */
export function followTabs(): void {
  list = new ListWriter();
  const follow = (): void => {
    const { tabs, active } = workspace.state;
    for (const { id, session } of tabs) if (!writers.has(id)) writers.set(id, new TabWriter(id, 0, session, true));
    for (const [id, writer] of writers)
      if (!tabs.some((tab) => tab.id === id)) {
        writers.delete(id);
        writer.drop();
      }
    list?.write({ tabs: tabs.map(({ id, name }) => ({ id, name, ...(lastJobs.has(id) ? { promptId: lastJobs.get(id)! } : {}) })), active });
  };
  workspace.store.subscribe((state, old) => {
    if (state.tabs !== old.tabs || state.active !== old.active) follow();
  });
  runner.onSubmitted((_, tab, promptId) => {
    lastJobs.set(tab, promptId);
    follow();
  });
  follow();
  window.addEventListener("beforeunload", (event) => {
    if (!autosave.getState().isSafe) event.preventDefault();
  });
}

/** Writes one thing after the other; what could not be written is tried again until it is. */
abstract class Writer {
  private isBusy = false;
  private isDropped = false;

  protected abstract readonly hasWork: boolean;
  /** What to write now; only asked for when there is work. */
  protected abstract next(): { readonly path: string; readonly text: string; done(): void };

  kick(): void {
    showSafety();
    if (!this.isBusy) void this.drain();
  }

  get isDone(): boolean {
    return this.isDropped || (!this.isBusy && !this.hasWork);
  }

  protected stop(): void {
    this.isDropped = true;
  }

  private async drain(): Promise<void> {
    this.isBusy = true;
    while (this.hasWork && !this.isDropped) {
      const job = this.next();
      try {
        await api.writeUserFile(`${folder}/${job.path}`, job.text);
        job.done();
      } catch {
        // The server is away or cannot write now; the status bar says so, and nothing is forgotten meanwhile.
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
    this.isBusy = false;
    showSafety();
  }
}

class ListWriter extends Writer {
  private wanted: string | null = null;

  write(value: TabList): void {
    this.wanted = JSON.stringify(value);
    this.kick();
  }

  protected get hasWork(): boolean {
    return this.wanted !== null;
  }

  protected next() {
    const text = this.wanted ?? "";
    return { path: "list.json", text, done: () => { if (this.wanted === text) this.wanted = null; } };
  }
}

class TabWriter extends Writer {
  private patches: Patch[] = [];
  private written = 0;
  private wantsSnapshot = true;
  private readonly forget: readonly (() => void)[];

  constructor(private readonly id: string, private generation: number, private readonly session: Tab["session"], isNew = false) {
    super();
    this.forget = [
      session.onPerformed(({ patch }) => {
        this.patches.push(patch);
        this.kick();
      }),
      session.store.subscribe((state, old) => {
        if (state.saved === old.saved) return;
        this.wantsSnapshot = true;
        this.kick();
      }),
    ];
    if (isNew) this.generation = Date.now();
    this.kick();
  }

  drop(): void {
    this.stop();
    for (const forget of this.forget) forget();
    void api.deleteUserFile(`${folder}/${this.id}.json`).catch(() => undefined);
    void api.deleteUserFile(`${folder}/${this.id}.journal.json`).catch(() => undefined);
  }

  protected get hasWork(): boolean {
    return this.wantsSnapshot || this.patches.length > this.written;
  }

  protected next() {
    const count = this.patches.length;
    if (this.wantsSnapshot || count > LONGEST_JOURNAL) {
      const generation = this.generation + 1;
      const { document, saved }: { document: Document; saved: Document } = this.session.state;
      const snapshot: Snapshot = { generation, document, ...(saved === document ? {} : { saved }) };
      return {
        path: `${this.id}.json`, text: JSON.stringify(snapshot),
        done: () => {
          this.wantsSnapshot = this.session.state.saved !== saved;
          this.generation = generation;
          this.patches.splice(0, count);
          this.written = 0;
        },
      };
    }
    return {
      path: `${this.id}.journal.json`, text: JSON.stringify({ generation: this.generation, patches: this.patches }),
      done: () => { this.written = count; },
    };
  }
}

function showSafety(): void {
  const isSafe = [...writers.values(), ...(list ? [list] : [])].every((writer) => writer.isDone);
  if (isSafe !== autosave.getState().isSafe) autosave.setState({ isSafe });
}

async function readJson<Value>(name: string): Promise<Value | null> {
  const text = await api.readUserFile(`${folder}/${name}`);
  try {
    return text === null ? null : (JSON.parse(text) as Value);
  } catch {
    return null;
  }
}

/** The lowest number that no other window of this browser has; held until this one closes. */
async function takeNumber(): Promise<number> {
  if (!("locks" in navigator)) return 0;
  for (let number = 0; number < MOST_WINDOWS; number += 1) {
    const isOurs = await new Promise<boolean>((resolve) => {
      void navigator.locks.request(`easel.window.${number}`, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock ? new Promise(() => undefined) : undefined;
      });
    });
    if (isOurs) return number;
  }
  return MOST_WINDOWS;
}
