/** The jobs that wait and run, and those that ended, as the panels show them; read again whenever the server says so. */
import { createStore } from "zustand/vanilla";
import { api } from "../api/client.ts";
import { importPrompt, isApiPrompt } from "../core/apiImport.ts";
import { uuid } from "../core/ids.ts";
import { importWorkflow } from "../core/importing.ts";
import type { Json, JsonObject } from "../core/json.ts";
import { isObject } from "../core/json.ts";
import { type FileRef, picturesOf } from "../core/runs.ts";
import { runner, workspace } from "./editor.ts";

export interface ShownJob {
  readonly id: string;
  readonly number: number;
  readonly state: "running" | "waiting" | "done" | "failed" | "stopped";
  /** The first prompt text in its graph: what people know a job by. */
  readonly label: string;
  readonly prompt: JsonObject;
  readonly workflow: JsonObject | null;
  readonly createdMs: number | null;
  readonly tookMs: number | null;
  readonly pictures: readonly FileRef[];
  readonly message: string;
}

export interface QueueState {
  readonly jobs: readonly ShownJob[];
  readonly ended: readonly ShownJob[];
}

const SHOWN = 60;

export const queue = createStore<QueueState>(() => ({ jobs: [], ended: [] }));

/** Read both lists now and after every change; returns how to stop. */
export function followQueue(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const read = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void readQueue().catch(() => undefined), 120);
  };
  read();
  const forget = [runner.onMessage((type, data) => (type === "status" || (type === "executing" && data.node === null)) && read()), runner.server.subscribe(read)];
  return () => {
    clearTimeout(timer);
    for (const stop of forget) stop();
  };
}

export async function readQueue(): Promise<void> {
  const [now, past] = await Promise.all([api.queue(), api.history(SHOWN)]);
  const jobs = [
    ...list(now.queue_running).map((item) => readJob(item, "running")),
    ...list(now.queue_pending).map((item) => readJob(item, "waiting")),
  ];
  queue.setState({ jobs, ended: Object.values(past).filter(isObject).map(readEntry).reverse() });
}

/** Open the workflow of a job in a tab of its own. */
export function openJob(job: ShownJob): void {
  const name = job.label.slice(0, 30) || job.id.slice(0, 8);
  const document = job.workflow ? importWorkflow(job.workflow, workspace.catalog, uuid()) : isApiPrompt(job.prompt) ? importPrompt(job.prompt, workspace.catalog, uuid()) : null;
  if (document) workspace.open(name, document);
}

function list(value: Json | undefined): Json[][] {
  return Array.isArray(value) ? value.filter((item): item is Json[] => Array.isArray(item)) : [];
}

function readJob(item: readonly Json[], state: ShownJob["state"]): ShownJob {
  const [number, id, prompt, extra] = item;
  const graph = isObject(prompt) ? prompt : {};
  const more = isObject(extra) ? extra : {};
  const info = isObject(more.extra_pnginfo) ? more.extra_pnginfo : {};
  return {
    id: String(id), number: Number(number), state, label: labelOf(graph), prompt: graph,
    workflow: isObject(info.workflow) ? info.workflow : null,
    createdMs: typeof more.create_time === "number" ? more.create_time : null, tookMs: null, pictures: [], message: "",
  };
}

function readEntry(entry: JsonObject): ShownJob {
  const job = readJob(Array.isArray(entry.prompt) ? entry.prompt : [], "done");
  const status = isObject(entry.status) ? entry.status : {};
  const messages = list(status.messages);
  const dataOf = (type: string): JsonObject | undefined => messages.find(([name]) => name === type)?.[1] as JsonObject | undefined;
  const begun = dataOf("execution_start")?.timestamp;
  // A run that went through may still tell of nodes that were blocked.
  const failure = status.completed === true ? undefined : messages.findLast(([name]) => name === "execution_error")?.[1] as JsonObject | undefined;
  const stopped = dataOf("execution_interrupted");
  const ended = (failure ?? stopped ?? dataOf("execution_success"))?.timestamp;
  return {
    ...job, state: failure ? "failed" : stopped ? "stopped" : status.completed === true ? "done" : "stopped",
    tookMs: typeof begun === "number" && typeof ended === "number" ? ended - begun : null,
    pictures: Object.values(isObject(entry.outputs) ? entry.outputs : {}).flatMap((output) => picturesOf(isObject(output) ? output : undefined)),
    message: failure ? String(failure.exception_message ?? "") : "",
  };
}

function labelOf(prompt: JsonObject): string {
  for (const call of Object.values(prompt)) {
    const inputs = isObject(call) && isObject(call.inputs) ? call.inputs : {};
    if (typeof inputs.text === "string" && inputs.text.trim()) return inputs.text.trim();
  }
  return "";
}
