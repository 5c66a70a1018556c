/** How far the node at work is, and how long it will still take if it goes on like this. */
import type { RunState } from "./runs.ts";

export interface Progress {
  /** The id of the node as the run has it. */
  readonly node: string;
  /** In 0..1. */
  readonly share: number;
  /** Null while there is too little to judge by. */
  readonly leftSeconds: number | null;
}

/** What is known at once says nothing yet: the first step waits for what is loaded and compiled. */
const JUDGED_FROM_MS = 1500;

/** Null when no node at work tells how far it is. */
export function progressOf({ isRunning, nodes }: RunState, nowMs: number): Progress | null {
  if (!isRunning) return null;
  const [node, run] = Object.entries(nodes).find(([, { state, max }]) => state === "running" && max !== undefined && max > 1) ?? [];
  if (node === undefined || !run?.max) return null;
  const share = Math.min(1, Math.max(0, (run.value ?? 0) / run.max));
  const passedMs = nowMs - (run.startedMs ?? nowMs);
  return { node, share, leftSeconds: share > 0 && passedMs >= JUDGED_FROM_MS ? (passedMs * (1 - share)) / share / 1000 : null };
}
