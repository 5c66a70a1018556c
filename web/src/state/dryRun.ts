/** What a run would do now, asked from the server whenever the document in view or the server's cache changed. */
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import { api, readProblems } from "../api/client.ts";
import type { Document } from "../core/document.ts";
import { isObject, isSame } from "../core/json.ts";
import { makePrompt } from "../core/prompt.ts";
import { type Problem, withoutRefusals } from "../core/runs.ts";
import { explain } from "./explain.ts";
import { runner, useTab, workspace } from "./editor.ts";

export interface NodePlan {
  readonly state: "cached" | "runs" | "idle";
  /** The server's sentence that says why. */
  readonly why: string;
}

export interface DryRun {
  /** By id as the run has it; empty while the server cannot say. */
  readonly nodes: { readonly [id: string]: NodePlan };
  readonly problems: readonly Problem[];
}

const NOTHING: DryRun = { nodes: {}, problems: [] };
/** Whether a worker answers: at its start it reads the packs and loads torch, and meanwhile jobs wait. */
export const engine = createStore<{ readonly isStarting: boolean }>(() => ({ isStarting: false }));

const PAUSE_MS = 250;
const AGAIN_MS = 2000;

/** By tab. */
export const dryRuns = createStore<{ readonly [tab: string]: DryRun }>(() => ({}));

export function useDryRun<Part>(select: (dryRun: DryRun) => Part): Part {
  const { id } = useTab();
  return useStore(dryRuns, (state) => select(state[id] ?? NOTHING));
}

/** Keep the dry run of the tab in view up to date. */
export function followDryRun(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked: Document | null = null;
  let count = 0;
  let forget: (() => void) | undefined;
  const later = (ms = PAUSE_MS): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void ask(), ms);
  };
  const ask = async (): Promise<void> => {
    const { tab } = workspace;
    if (!tab || !runner.server.getState().isConnected) return;
    const turn = (count += 1);
    asked = tab.session.document;
    const answer = await askPlan(runner.documentToRun(tab)).catch(() => null);
    if (turn !== count) return;
    engine.setState({ isStarting: answer?.isKnown === false });
    if (answer?.isKnown) runner.storeOf(tab.id).setState(withoutRefusals, true);
    if (answer) dryRuns.setState(({ [tab.id]: old }) => ({ [tab.id]: keepingSame(old ?? NOTHING, answer.dryRun) }));
    if (!answer?.isKnown) later(AGAIN_MS);
  };
  const follow = (): void => {
    forget?.();
    forget = workspace.tab?.session.store.subscribe(({ document }) => document !== asked && later());
    later(0);
  };
  let active = "";
  workspace.store.subscribe((state) => {
    if (state.active === active) return;
    active = state.active;
    follow();
  });
  runner.server.subscribe((state, old) => state.isConnected && !old.isConnected && later());
  runner.onMessage((type, data) => {
    if (type === "executing" && data.node === null) later();
  });
  follow();
}

/** The new dry run with the old one's parts where they are equal, so that nothing is drawn again for nothing. */
function keepingSame(old: DryRun, now: DryRun): DryRun {
  const nodes = Object.fromEntries(Object.entries(now.nodes).map(([id, plan]) => [id, old.nodes[id] && isSame(old.nodes[id], plan) ? old.nodes[id] : plan]));
  return { nodes, problems: isSame(old.problems, now.problems) ? old.problems : now.problems };
}

async function askPlan(document: Document): Promise<{ dryRun: DryRun; isKnown: boolean }> {
  const prompt = makePrompt(document, workspace.catalog, { random: () => 0, now: new Date() });
  if (Object.keys(prompt).length === 0) return { dryRun: NOTHING, isKnown: true };
  const answer = await api.plan(prompt);
  const problems = explain(readProblems(answer.node_errors), document, workspace.catalog);
  if (!problems.length && typeof answer.error === "string") problems.push({ node: "", message: answer.error });
  const nodes = isObject(answer.nodes) ? (answer.nodes as unknown as DryRun["nodes"]) : {};
  return { dryRun: { nodes, problems }, isKnown: answer.is_known === true || problems.length > 0 };
}
