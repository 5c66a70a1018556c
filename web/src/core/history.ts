import type { Patch } from "./edit.ts";
import { invertPatch, joinPatches } from "./edit.ts";

/** What one undo takes back. Edits of one gesture (a drag, typing in one field) are one entry. */
export interface Entry {
  readonly label: string;
  readonly gesture?: string;
  readonly patch: Patch;
}

/** What was done and what was undone, newest last. */
export interface History {
  readonly done: readonly Entry[];
  readonly undone: readonly Entry[];
}

export const EMPTY_HISTORY: History = { done: [], undone: [] };
const LIMIT = 500;

export function record(history: History, entry: Entry): History {
  const last = history.done.at(-1);
  if (last && entry.gesture !== undefined && last.gesture === entry.gesture && history.undone.length === 0) {
    const joined = { ...last, patch: joinPatches(last.patch, entry.patch) };
    return { done: [...history.done.slice(0, -1), joined], undone: [] };
  }
  return { done: [...history.done, entry].slice(-LIMIT), undone: [] };
}

/** The patch that takes the newest entry back, and the history after it; null when there is nothing to undo. */
export function stepBack(history: History): { patch: Patch; history: History; entry: Entry } | null {
  const entry = history.done.at(-1);
  if (!entry) return null;
  const left = { done: history.done.slice(0, -1), undone: [...history.undone, entry] };
  return { patch: invertPatch(entry.patch), history: left, entry };
}

export function stepForward(history: History): { patch: Patch; history: History; entry: Entry } | null {
  const entry = history.undone.at(-1);
  if (!entry) return null;
  const left = { done: [...history.done, entry], undone: history.undone.slice(0, -1) };
  return { patch: entry.patch, history: left, entry };
}
