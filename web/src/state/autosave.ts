/**
 * Autosave: every edit is journalled on the server, so that neither a killed browser nor a killed server loses work.
 *
 * Each tab has two files: a snapshot of the document, and the journal of patches since. An edit is written at once; while
 * one write is under way, what follows gathers for the next. What cannot be written waits and is tried again. A journal
 * that grew long makes a new snapshot with a higher generation; a journal of another generation belongs to an older one
 * and is passed over. Windows do not share: each has a folder of its own (windowFolder.ts).
 */
import { createStore } from "zustand/vanilla";
import { api } from "../api/client.ts";
import type { Document } from "../core/document.ts";
import type { Patch } from "../core/edit.ts";
import { isSame } from "../core/json.ts";
import type { Tab } from "../core/workspace.ts";
import { readJournal, restore, type Snapshot } from "../core/journal.ts";
import { runner, workspace } from "./editor.ts";
import { followConnection, windowFolder } from "./windowFolder.ts";

interface TabList {
  /** `promptId`: the job that was started last, whose results the tab shows. */
  readonly tabs: readonly { readonly id: string; readonly name: string; readonly file?: string; readonly promptId?: string }[];
  readonly active: string;
}

/** Whether all edits are safe on the server. */
export const autosave = createStore<{ readonly isSafe: boolean }>(() => ({ isSafe: true }));

const LONGEST_JOURNAL = 150;
const AGAIN_MS = 1000;

const writers = new Map<string, TabWriter>();
const lastJobs = new Map<string, string>();
let list: ListWriter | null = null;

/** What the server keeps of this window's tabs. */
export interface StoredTabs {
  readonly list: TabList | null;
  /** In the list's order. */
  readonly files: readonly { readonly snapshot: Snapshot | null; readonly journal: unknown }[];
}

export async function readTabs(): Promise<StoredTabs> {
  const list = await readJson<TabList>("list.json");
  const read = async ({ id }: TabList["tabs"][number]) => {
    const [snapshot, journal] = await Promise.all([readJson<Snapshot>(`${id}.json`), readJson<unknown>(`${id}.journal.json`)]);
    return { snapshot, journal };
  };
  return { list, files: await Promise.all((list?.tabs ?? []).map(read)) };
}

/** Open what was open when this window was last closed, however that came. */
export function restoreTabs({ list: stored, files }: StoredTabs): void {
  for (const [i, { id, name, file, promptId }] of (stored?.tabs ?? []).entries()) {
    const { snapshot, journal } = files[i]!;
    if (!snapshot) continue;
    const document = restore(snapshot, readJournal(journal));
    const session = workspace.open(name, document, id);
    if (file !== undefined) workspace.setFile(id, file);
    if (snapshot.saved && !isSame(snapshot.saved, document)) session.store.setState({ saved: snapshot.saved });
    writers.set(id, new TabWriter(id, snapshot.generation, session));
    if (promptId) {
      lastJobs.set(id, promptId);
      void runner.adopt(id, promptId).catch(() => undefined);
    }
  }
  if (stored) workspace.activate(stored.active);
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
    list?.write({ tabs: tabs.map(({ id, name, file }) => ({ id, name, ...(file === undefined ? {} : { file }), ...(lastJobs.has(id) ? { promptId: lastJobs.get(id)! } : {}) })), active });
  };
  workspace.store.subscribe((state, old) => {
    if (state.tabs !== old.tabs || state.active !== old.active) follow();
  });
  runner.onSubmitted((_, tab, promptId) => {
    lastJobs.set(tab, promptId);
    follow();
  });
  follow();
  followConnection(() => {
    for (const writer of [...writers.values(), list!]) writer.startOver();
  });
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
  /** Write all of it: what was written before lies elsewhere. */
  abstract startOver(): void;

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
      const folder = await windowFolder();
      const job = this.next();
      try {
        await api.writeUserFile(`${folder}/${job.path}`, job.text);
        if (folder === (await windowFolder())) job.done();
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
  private newest = "";
  private wanted: string | null = null;

  write(value: TabList): void {
    this.newest = JSON.stringify(value);
    this.startOver();
  }

  startOver(): void {
    this.wanted = this.newest;
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

  startOver(): void {
    this.wantsSnapshot = true;
    this.kick();
  }

  drop(): void {
    this.stop();
    for (const forget of this.forget) forget();
    void windowFolder().then((folder) => {
      for (const name of [`${this.id}.json`, `${this.id}.journal.json`]) void api.deleteUserFile(`${folder}/${name}`).catch(() => undefined);
    });
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
  const text = await api.readUserFile(`${await windowFolder()}/${name}`);
  try {
    return text === null ? null : (JSON.parse(text) as Value);
  } catch {
    return null;
  }
}
