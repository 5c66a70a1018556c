/** A document out of its last snapshot and the changes that were journalled after it. */
import type { Document } from "./document.ts";
import { applyPatch, type Patch } from "./edit.ts";
import { isObject } from "./json.ts";

export interface Snapshot {
  /** Grows with each snapshot; a journal belongs to the snapshot of its generation. */
  readonly generation: number;
  readonly document: Document;
  /** The document as it was last saved, where that is another. */
  readonly saved?: Document;
}

export interface Journal {
  readonly generation: number;
  readonly patches: readonly Patch[];
}

/** The journal that a file holds; null if it holds none, or one that was cut off. */
export function readJournal(stored: unknown): Journal | null {
  if (!isObject(stored) || typeof stored.generation !== "number" || !Array.isArray(stored.patches)) return null;
  return stored as unknown as Journal;
}

export function restore({ generation, document }: Snapshot, journal: Journal | null): Document {
  return journal?.generation === generation ? journal.patches.reduce(applyPatch, document) : document;
}
