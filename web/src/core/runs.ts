/** What is known of the runs of one document: each node's state in the newest one, its pictures, what went wrong. */
import { createStore } from "zustand/vanilla";
import type { Json, JsonObject } from "./json.ts";
import { isViewer, viewedNode } from "./viewers.ts";

/** A file that a run made or took, as the server names it. */
export interface FileRef {
  readonly filename: string;
  readonly subfolder: string;
  readonly type: string;
}

/** message: the sentence that says what is wrong and what to do. details: what a programmer wants beside it. */
export interface Problem {
  readonly node: string;
  readonly input?: string;
  readonly message: string;
  readonly details?: string;
  /** What kind it is, where it kept a run from being sent or taken: the server's name for it, or NOT_SENT. */
  readonly kind?: string;
}

export const NOT_SENT = "not_sent";

/** Without what kept a run from being sent or taken: a newer look at the document says what is so now. */
export function withoutRefusals(state: RunState): RunState {
  const problems = state.problems.filter(({ kind }) => kind === undefined);
  return problems.length === state.problems.length ? state : { ...state, problems };
}

/** Keys are ids as the run has them: "12:5" inside a subgraph. */
export interface NodeRun {
  readonly state: "waiting" | "running" | "done" | "cached" | "failed";
  readonly value?: number;
  readonly max?: number;
  readonly startedMs?: number;
  readonly tookMs?: number;
  /** How far memory rose at its peak while the node ran: that of the GPU, or the process's where there is none. */
  readonly memoryBytes?: number;
  /** An address of the newest preview, made for this page; let go when the next one comes. */
  readonly preview?: string;
}

export interface RunState {
  /** The job that is shown. */
  readonly promptId: string | null;
  readonly isRunning: boolean;
  readonly startedMs: number | null;
  readonly tookMs: number | null;
  readonly nodes: { readonly [id: string]: NodeRun };
  /** The newest outputs of each node; they stay when a new run starts, until it brings new ones. */
  readonly outputs: { readonly [id: string]: JsonObject };
  /** Which of the outputs were asked for by a run to there; they go when the node runs again. */
  readonly viewed: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

export const NO_RUN: RunState = {
  promptId: null, isRunning: false, startedMs: null, tookMs: null, nodes: {}, outputs: {}, viewed: new Set(), problems: [],
};

export type RunStore = ReturnType<typeof createRunStore>;

export function createRunStore() {
  return createStore<RunState>(() => NO_RUN);
}

/** The pictures among a node's outputs; films and sounds, which some nodes list beside them, are not. */
export function picturesOf(output: JsonObject | undefined): FileRef[] {
  const images = output?.images ?? output?.gifs;
  if (!Array.isArray(images)) return [];
  return images.flatMap((item: Json) => {
    if (typeof item !== "object" || item === null || Array.isArray(item)) return [];
    const { filename, subfolder, type } = item as JsonObject;
    return typeof filename === "string" && !/\.(mp4|webm|mov|mkv|flac|mp3|wav|ogg|opus|m4a)$/i.test(filename)
      ? [{ filename, subfolder: typeof subfolder === "string" ? subfolder : "", type: typeof type === "string" ? type : "output" }]
      : [];
  });
}

/** The state after a message about one of the tab's jobs. Once a job started, messages of older ones change nothing. */
export function afterMessage(state: RunState, type: string, data: JsonObject, nowMs: number): RunState {
  if (type === "execution_start")
    return { ...state, promptId: String(data.prompt_id), isRunning: true, startedMs: nowMs, tookMs: null, nodes: {}, problems: [] };
  if (data.prompt_id !== state.promptId) return state;
  const id = typeof data.node === "string" ? data.node : typeof data.node_id === "string" ? data.node_id : "";
  switch (type) {
    case "execution_cached":
      return { ...state, nodes: { ...state.nodes, ...Object.fromEntries(texts(data.nodes).map((n) => [n, { state: "cached" as const }])) } };
    case "executing":
      return id ? start(finishRunning(state, nowMs), id, nowMs) : end(state, nowMs);
    case "progress":
      return change(state, id, { state: "running", value: Number(data.value), max: Number(data.max) });
    case "progress_state":
      return afterProgress(state, data.nodes as JsonObject, nowMs);
    case "executed":
      return data.output ? show(state, id, data.output as JsonObject) : state;
    case "execution_success":
      return finishRunning(state, nowMs);
    case "execution_error": {
      const problem: Problem = { node: viewedNode(id), message: String(data.exception_message ?? "The node failed.").trim(), details: texts(data.traceback).join("") };
      return { ...change(state, id, { state: "failed" }), problems: [...state.problems, problem] };
    }
    case "execution_interrupted":
      return change(state, id, { state: "waiting" });
    default:
      return state;
  }
}

function afterProgress(state: RunState, nodes: JsonObject | undefined, nowMs: number): RunState {
  return Object.entries(nodes ?? {}).reduce((made, [id, raw]) => {
    const info = raw as JsonObject;
    const old = made.nodes[id];
    if (info.state === "running") return start(made, id, nowMs, { value: Number(info.value), max: Number(info.max) });
    if (info.state !== "finished") return made;
    return measure(old?.state === "running" ? finish(made, id, nowMs) : made, id, info);
  }, state);
}

function show(state: RunState, id: string, output: JsonObject): RunState {
  const on = viewedNode(id);
  const viewed = new Set(state.viewed);
  if (isViewer(id)) viewed.add(on);
  else viewed.delete(on);
  return { ...state, outputs: { ...state.outputs, [on]: output }, viewed };
}

function start(state: RunState, id: string, nowMs: number, progress: Partial<NodeRun> = {}): RunState {
  const startedMs = state.nodes[id]?.startedMs ?? nowMs;
  return change(state.viewed.has(id) ? hide(state, id) : state, id, { state: "running", startedMs, ...progress });
}

/** Without what was viewed on nodes that give something else by now. */
export function hideOutdated(state: RunState, isOutdated: (id: string) => boolean): RunState {
  return [...state.viewed].filter(isOutdated).reduce(hide, state);
}

function hide(state: RunState, id: string): RunState {
  const { [id]: _, ...outputs } = state.outputs;
  return { ...state, outputs, viewed: new Set([...state.viewed].filter((other) => other !== id)) };
}

function finish(state: RunState, id: string, nowMs: number): RunState {
  const startedMs = state.nodes[id]?.startedMs;
  return change(state, id, { state: "done", ...(startedMs !== undefined ? { tookMs: nowMs - startedMs } : {}) });
}

/** What the server measured is nearer to the truth than the times at which its messages came. */
function measure(state: RunState, id: string, { seconds, memory_bytes: memoryBytes }: JsonObject): RunState {
  const old = state.nodes[id];
  if (old?.state !== "done" || typeof seconds !== "number") return state;
  return change(state, id, { state: "done", tookMs: seconds * 1000, ...(typeof memoryBytes === "number" ? { memoryBytes } : {}) });
}

function finishRunning(state: RunState, nowMs: number): RunState {
  const running = Object.entries(state.nodes).filter(([, node]) => node.state === "running");
  return running.reduce((made, [id]) => finish(made, id, nowMs), state);
}

function end(state: RunState, nowMs: number): RunState {
  const finished = finishRunning(state, nowMs);
  const nodes = Object.fromEntries(Object.entries(finished.nodes).map(([id, { preview: _, ...node }]) => [id, node]));
  return { ...finished, nodes, isRunning: false, tookMs: finished.startedMs === null ? null : nowMs - finished.startedMs };
}

function change(state: RunState, id: string, fields: Partial<NodeRun> & Pick<NodeRun, "state">): RunState {
  return id ? { ...state, nodes: { ...state.nodes, [id]: { ...state.nodes[id], ...fields } } } : state;
}

function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}
