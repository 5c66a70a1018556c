/**
 * Session: one open document with its history, selection and the sheet in view. All changes of the document go through
 * `perform`, so everything can be undone and journalled.
 */
import { createStore } from "zustand/vanilla";
import type { Document, NodeId, Sheet, SheetId } from "./document.ts";
import { ROOT, sheetOf } from "./document.ts";
import type { Patch } from "./edit.ts";
import { Edit, applyPatch } from "./edit.ts";
import type { History } from "./history.ts";
import { EMPTY_HISTORY, record, stepBack, stepForward } from "./history.ts";
import { isSame } from "./json.ts";

/** What is selected on the sheet in view. Ids of kinds that have their own tables carry a prefix: `frame:3`. */
export type Selection = ReadonlySet<string>;

/** One subgraph that was entered: the instance, and the sheet of its definition. */
export interface Entered {
  readonly instance: NodeId;
  readonly sheet: SheetId;
}

export interface SessionState {
  readonly document: Document;
  readonly history: History;
  readonly selection: Selection;
  readonly entered: readonly Entered[];
  /** The document as it was last saved by the user under its name. */
  readonly saved: Document;
}

export interface Performed {
  readonly label: string;
  readonly patch: Patch;
}

/** Told of every change of the document, also by undo and redo, in order. */
export type OnPerformed = (performed: Performed) => void;

export class Session {
  readonly store;
  private readonly listeners = new Set<OnPerformed>();

  constructor(readonly id: string, document: Document) {
    this.store = createStore<SessionState>(() => ({
      document, history: EMPTY_HISTORY, selection: new Set(), entered: [], saved: document,
    }));
  }

  get state(): SessionState {
    return this.store.getState();
  }

  get document(): Document {
    return this.state.document;
  }

  get sheet(): Sheet {
    return viewedSheet(this.state);
  }

  /** Change the document. Edits with the same gesture in a row are one step of undo. Returns what the command returns. */
  perform<Result>(label: string, command: (edit: Edit) => Result, gesture?: string): Result {
    const edit = new Edit(this.document);
    const result = command(edit);
    const patch = edit.patch();
    if (patch.length === 0) return result;
    const entry = { label, patch, ...(gesture !== undefined ? { gesture } : {}) };
    this.show(edit.document, record(this.state.history, entry));
    this.tell({ label, patch });
    return result;
  }

  /** Whether a command would change anything; nothing is changed. */
  wouldChange(command: (edit: Edit) => unknown): boolean {
    const edit = new Edit(this.document);
    command(edit);
    return edit.patch().length > 0;
  }

  undo(): string | null {
    return this.step(stepBack(this.state.history));
  }

  redo(): string | null {
    return this.step(stepForward(this.state.history));
  }

  /** Take changes that were journalled before: they are part of the start, not of the history. */
  replay(patch: Patch): void {
    this.store.setState({ document: applyPatch(this.document, patch) });
  }

  select(ids: Iterable<string>): void {
    const selection = new Set(ids);
    const old = this.state.selection;
    if (selection.size === old.size && [...selection].every((id) => old.has(id))) return;
    this.store.setState({ selection });
  }

  /** Select one more, or one less. */
  toggle(id: string): void {
    const { selection } = this.state;
    this.select(selection.has(id) ? [...selection].filter((other) => other !== id) : [...selection, id]);
  }

  enter(instance: NodeId, sheet: SheetId): void {
    this.store.setState({ entered: [...this.state.entered, { instance, sheet }], selection: new Set() });
  }

  /** Go out of subgraphs until `depth` are left; 0 shows the root. */
  leave(depth = this.state.entered.length - 1): void {
    this.store.setState({ entered: this.state.entered.slice(0, Math.max(0, depth)), selection: new Set() });
  }

  markSaved(): void {
    this.store.setState({ saved: this.document });
  }

  onPerformed(listener: OnPerformed): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private step(step: ReturnType<typeof stepBack>): string | null {
    if (!step) return null;
    const document = applyPatch(this.document, step.patch);
    // Back at what was saved it is that very document again, so nothing counts as unsaved.
    this.show(isSame(document, this.state.saved) ? this.state.saved : document, step.history);
    this.tell({ label: step.entry.label, patch: step.patch });
    return step.entry.label;
  }

  private show(document: Document, history: History): void {
    const entered = existing(this.state.entered, document);
    const sheet = sheetOf(document, entered.at(-1)?.sheet ?? ROOT);
    const isThere = (id: string): boolean => {
      const [kind, inner] = splitId(id);
      return kind === "frame" ? inner in sheet.frames : kind === "reroute" ? inner in sheet.reroutes : kind === "link" ? inner in sheet.links : id in sheet.nodes;
    };
    const selection = [...this.state.selection].every(isThere)
      ? this.state.selection
      : new Set([...this.state.selection].filter(isThere));
    this.store.setState({ document, history, entered, selection });
  }

  private tell(performed: Performed): void {
    for (const listener of this.listeners) listener(performed);
  }
}

/** The kind and the id of what is selected: `frame:3` is frame 3, `7` is node 7. */
export function splitId(id: string): [kind: "node" | "frame" | "reroute" | "link", id: string] {
  const [, kind, inner] = /^(frame|reroute|link):(.*)$/.exec(id) ?? [];
  return kind ? [kind as "frame", inner!] : ["node", id];
}

/** The ids of the selected nodes, in the sheet's order. */
export function selectedNodes(state: SessionState): NodeId[] {
  return Object.keys(viewedSheet(state).nodes).filter((id) => state.selection.has(id));
}

export function viewedSheet(state: Pick<SessionState, "document" | "entered">): Sheet {
  return sheetOf(state.document, state.entered.at(-1)?.sheet ?? ROOT);
}

/** Where the sheet in view lies in a run: the ids of the instances around it, "" for the root, "12:5:" below two. */
export function runPrefix(entered: readonly Entered[]): string {
  return entered.map(({ instance }) => `${instance}:`).join("");
}

function existing(entered: readonly Entered[], document: Document): readonly Entered[] {
  const end = entered.findIndex(({ sheet }) => !(sheet in document.sheets));
  return end < 0 ? entered : entered.slice(0, end);
}
