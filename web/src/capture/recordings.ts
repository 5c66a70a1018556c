/** Recordings under way: they go on while their node is out of sight, and end with it. */
import { createStore } from "zustand/vanilla";
import { workspace } from "../state/editor.ts";
import type { Recording } from "./recorder.ts";

export interface Running {
  readonly recording: Recording;
  readonly sinceMs: number;
}

/** Where a recording goes: an input of a node of a tab. */
export interface Recorded {
  readonly tab: string;
  readonly sheet: string;
  readonly node: string;
  readonly name: string;
}

export const recordings = createStore<{ readonly [key: string]: Running }>(() => ({}));

export function keyOf({ tab, sheet, node, name }: Recorded): string {
  return [tab, sheet, node, name].join("\n");
}

/** Begin a recording, or end it with null; what one without `stop` had recorded is forgotten. */
export function setRecording(at: Recorded, running: Running | null): void {
  const { [keyOf(at)]: old, ...others } = recordings.getState();
  if (!running) old?.recording.drop();
  recordings.setState(running ? { ...others, [keyOf(at)]: running } : others, true);
}

/** End the recording of a node that was deleted, or whose tab was closed. */
export function endIfGone(at: Recorded): void {
  const tab = workspace.state.tabs.find(({ id }) => id === at.tab);
  if (!tab?.session.document.sheets[at.sheet]?.nodes[at.node]) setRecording(at, null);
}
