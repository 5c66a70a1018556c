/** Runner: sends documents to be run and follows what becomes of them. */
import { createStore } from "zustand/vanilla";
import { ApiError, api } from "../api/client.ts";
import { Socket } from "../api/socket.ts";
import type { Document } from "../core/document.ts";
import { Edit } from "../core/edit.ts";
import { exportWorkflow } from "../core/exporting.ts";
import type { Json, JsonObject } from "../core/json.ts";
import { isObject } from "../core/json.ts";
import { type ApiPrompt, makePrompt } from "../core/prompt.ts";
import type { RunStore } from "../core/runs.ts";
import { NOT_SENT, afterMessage, createRunStore, hideOutdated } from "../core/runs.ts";
import { aimAt, decidedBy, viewedNode } from "../core/viewers.ts";
import type { UsedValues } from "../core/seeds.ts";
import { controlledValues, moveOnUsed } from "../core/seeds.ts";
import { uuid } from "../core/ids.ts";
import { explain } from "./explain.ts";
import type { Tab, Workspace } from "../core/workspace.ts";

export interface ServerState {
  readonly isConnected: boolean;
  /** Jobs that wait or run, of everybody. */
  readonly queueLength: number;
}

export interface RunRequest {
  /** Ids as the run has them; only these and what they need are run, and what they give is shown. All outputs when absent. */
  readonly targets?: readonly string[];
  readonly front?: boolean;
}

/** What has to be done to a document before it is sent; a promise is waited for, and its failure stops the run. */
export type BeforeRun = (tab: Tab) => Promise<void> | undefined;

/** Told of every message of the server, also those about other jobs. */
export type OnMessage = (type: string, data: JsonObject) => void;

export class Runner {
  readonly server = createStore<ServerState>(() => ({ isConnected: false, queueLength: 0 }));
  readonly clientId = keptClientId();
  private readonly stores = new Map<string, RunStore>();
  private readonly tabOf = new Map<string, string>();
  private readonly used = new Map<string, UsedValues>();
  /** By tab and node, what decided the result that a run to the node showed. */
  private readonly views = new Map<string, Map<string, string>>();
  private readonly listeners = new Set<OnMessage>();
  private readonly preparing = new Set<BeforeRun>();
  private readonly submitted = new Set<(document: Document, tab: string, promptId: string) => void>();
  private socket: Socket | null = null;

  constructor(private readonly workspace: Workspace) {
    workspace.store.subscribe(({ tabs }) => this.forgetClosed(tabs));
  }

  connect(): void {
    this.socket ??= new Socket(this.clientId, {
      message: (type, data) => this.hear(type, data),
      preview: (node, promptId, picture) => this.show(node, promptId, picture),
      open: (isAgain) => {
        this.server.setState({ isConnected: true });
        if (isAgain) void this.catchUp();
      },
      lost: () => this.server.setState({ isConnected: false }),
    });
  }

  storeOf(tab: string): RunStore {
    const store = this.stores.get(tab) ?? createRunStore();
    this.stores.set(tab, store);
    return store;
  }

  private forgetClosed(tabs: readonly Tab[]): void {
    for (const id of this.stores.keys())
      if (!tabs.some((tab) => tab.id === id)) {
        this.stores.delete(id);
        this.used.delete(id);
        this.views.delete(id);
      }
  }

  /** The value of a controlled input as the tab's last run used it; keys are "sheet/node/input". */
  usedValue(tab: string, key: string): Json | undefined {
    return this.used.get(tab)?.get(key);
  }

  onMessage(listener: OnMessage): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  beforeRun(prepare: BeforeRun): void {
    this.preparing.add(prepare);
  }

  /** Show a job that an earlier page started as the tab's own: it goes on, or its results are read from the history. */
  async adopt(tab: string, promptId: string): Promise<void> {
    this.tabOf.set(promptId, tab);
    this.storeOf(tab).setState({ promptId, isRunning: true, startedMs: Date.now(), tookMs: null });
    await this.catchUpWith(promptId);
    const store = this.storeOf(tab);
    if (store.getState().isRunning && !(await isWaiting(promptId))) store.setState({ isRunning: false });
  }

  /** Told of every document that was taken into the queue. */
  onSubmitted(listener: (document: Document, tab: string, promptId: string) => void): () => void {
    this.submitted.add(listener);
    return () => this.submitted.delete(listener);
  }

  /** Queue the document of the tab in view. What is wrong with it comes to the run store's problems. */
  async run(request: RunRequest = {}): Promise<void> {
    const tab = this.workspace.tab;
    if (!tab) return;
    const { catalog } = this.workspace;
    const store = this.storeOf(tab.id);
    if (!(await this.prepare(tab, store))) return;
    const used = this.used.get(tab.id) ?? new Map();
    tab.session.perform("New seed", (edit) => moveOnUsed(edit, catalog, used, Math.random));
    const { document } = tab.session;
    this.used.set(tab.id, controlledValues(document, catalog));
    const promptId = uuid();
    this.tabOf.set(promptId, tab.id);
    if (!store.getState().isRunning) store.setState({ promptId, isRunning: true, startedMs: Date.now(), tookMs: null, nodes: {}, problems: [] });
    try {
      const made = makePrompt(document, catalog, { random: Math.random, now: new Date() });
      const aimed = request.targets ? aimAt(made, catalog, request.targets) : { prompt: made };
      this.keepViews(tab.id, store, made, "targets" in aimed ? aimed.targets.map(viewedNode) : []);
      const workflow = exportWorkflow(document, catalog);
      const { problems } = await api.submit({ ...request, ...aimed, workflow, client_id: this.clientId, prompt_id: promptId });
      if (problems.length) store.setState({ problems: explain(problems, document, catalog) });
      for (const listener of this.submitted) listener(document, tab.id, promptId);
    } catch (error) {
      this.tabOf.delete(promptId);
      const problems = error instanceof ApiError && error.problems.length ? explain(error.problems, document, catalog) : [{ node: "", message: String(error instanceof Error ? error.message : error), kind: NOT_SENT }];
      const isOurs = store.getState().promptId === promptId;
      store.setState({ problems, ...(isOurs ? { isRunning: false } : {}) });
    }
  }

  /** False if something could not be prepared; the reason is among the run's problems then. */
  private async prepare(tab: Tab, store: RunStore): Promise<boolean> {
    const waiting = [...this.preparing].map((prepare) => prepare(tab)).filter((done) => done !== undefined);
    if (waiting.length === 0) return true;
    try {
      await Promise.all(waiting);
      return true;
    } catch (error) {
      store.setState({ problems: [{ node: "", message: error instanceof Error ? error.message : String(error) }] });
      return false;
    }
  }

  /** Runs to nodes are shown until what decides them changes. */
  private keepViews(tab: string, store: RunStore, prompt: ApiPrompt, viewed: readonly string[]): void {
    const views = this.views.get(tab) ?? new Map<string, string>();
    const state = store.getState();
    const next = hideOutdated(state, (id) => views.get(id) !== decidedBy(prompt, id));
    if (next !== state) store.setState(next, true);
    for (const id of viewed) views.set(id, decidedBy(prompt, id));
    this.views.set(tab, views);
  }

  /** The document as the next run would have it: with the seeds that it would use. */
  documentToRun({ id, session }: Tab): Document {
    const edit = new Edit(session.document);
    moveOnUsed(edit, this.workspace.catalog, this.used.get(id) ?? new Map(), Math.random);
    return edit.document;
  }

  async stop(): Promise<void> {
    await api.interrupt();
  }

  private hear(type: string, data: JsonObject): void {
    for (const listener of this.listeners) listener(type, data);
    if (type === "status") {
      const info = isObject(data.status) && isObject(data.status.exec_info) ? data.status.exec_info.queue_remaining : undefined;
      if (typeof info === "number") this.server.setState({ queueLength: info });
      return;
    }
    const tab = this.tabOf.get(String(data.prompt_id));
    const store = tab === undefined ? undefined : this.stores.get(tab);
    if (!store) return;
    const old = store.getState();
    const next = afterMessage(old, type, data, Date.now());
    if (next !== old) store.setState(next, true);
    if (old.isRunning && !next.isRunning) dropPreviews(old.nodes);
  }

  private show(node: string | null, promptId: string | null, picture: Blob): void {
    const tab = promptId === null ? this.workspace.tab?.id : this.tabOf.get(promptId);
    const store = tab === undefined ? undefined : this.stores.get(tab);
    if (!store) return;
    const { nodes } = store.getState();
    const id = node ?? Object.keys(nodes).find((key) => nodes[key]?.state === "running");
    if (id === undefined) return;
    const old = nodes[id];
    if (old?.preview) URL.revokeObjectURL(old.preview);
    store.setState({ nodes: { ...nodes, [id]: { state: "running", ...old, preview: URL.createObjectURL(picture) } } });
  }

  /** After a lost connection: what ended meanwhile is read from the history. */
  private async catchUp(): Promise<void> {
    for (const store of this.stores.values()) {
      const { promptId, isRunning } = store.getState();
      if (isRunning && promptId !== null) await this.catchUpWith(promptId);
    }
  }

  private async catchUpWith(promptId: string): Promise<void> {
    const entry = (await api.historyOf(promptId).catch(() => ({}) as JsonObject))[promptId];
    if (!isObject(entry)) return;
    const messages = isObject(entry.status) && Array.isArray(entry.status.messages) ? entry.status.messages : [];
    for (const message of messages)
      if (Array.isArray(message) && isObject(message[1]) && message[0] !== "execution_start") this.hear(String(message[0]), message[1]);
    for (const [node, output] of Object.entries(isObject(entry.outputs) ? entry.outputs : {}))
      this.hear("executed", { node, output, prompt_id: promptId });
    this.hear("executing", { node: null, prompt_id: promptId });
  }
}

async function isWaiting(promptId: string): Promise<boolean> {
  const { queue_running: running, queue_pending: pending } = await api.queue();
  return [running, pending].some((list) => Array.isArray(list) && list.some((item) => Array.isArray(item) && item[1] === promptId));
}

/** Previews are pictures of this page's own; the last of each node stays until its result is there, then all go. */
function dropPreviews(nodes: { readonly [id: string]: { readonly preview?: string } }): void {
  for (const { preview } of Object.values(nodes)) if (preview) setTimeout(() => URL.revokeObjectURL(preview), 1000);
}

/** The name under which the server knows this tab; it survives a reload. */
/** Stays the same over a reload. Only between pages is it in the storage, which a duplicated tab copies. */
function keptClientId(): string {
  const name = "easel.client";
  try {
    const kept = sessionStorage.getItem(name) ?? uuid();
    sessionStorage.removeItem(name);
    window.addEventListener("pagehide", () => sessionStorage.setItem(name, kept));
    window.addEventListener("pageshow", ({ persisted }) => persisted && sessionStorage.removeItem(name));
    return kept;
  } catch {
    return uuid();
  }
}
