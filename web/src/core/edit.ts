/**
 * Edits: how a document changes. A command is a function that works on an Edit; the Edit writes down each change with the
 * value before it, so every patch has an exact inverse.
 */
import type { Document } from "./document.ts";
import { isSame } from "./json.ts";

export type Path = readonly string[];

/** One value replaced at a path; `undefined` before or after means that the path is absent there. */
export interface Change {
  readonly path: Path;
  readonly before: unknown;
  readonly after: unknown;
}

export type Patch = readonly Change[];

export class Edit {
  private readonly changes: Change[] = [];

  constructor(public document: Document) {}

  get(path: Path): unknown {
    return readAt(this.document, path);
  }

  set(path: Path, value: unknown): void {
    const before = readAt(this.document, path);
    if (isSame(before, value)) return;
    this.changes.push({ path, before, after: value });
    this.document = writeAt(this.document, path, value) as Document;
  }

  remove(path: Path): void {
    this.set(path, undefined);
  }

  patch(): Patch {
    return this.changes;
  }
}

export function applyPatch(document: Document, patch: Patch): Document {
  return patch.reduce((made, change) => writeAt(made, change.path, change.after) as Document, document);
}

export function invertPatch(patch: Patch): Patch {
  return patch.map(({ path, before, after }) => ({ path, before: after, after: before })).reverse();
}

/** Two patches as one; changes of one path in a row melt into one, so that a long drag stays small. */
export function joinPatches(first: Patch, second: Patch): Patch {
  const joined = [...first];
  const lastAt = new Map(joined.map((change, i) => [change.path.join("\0"), i]));
  const inOrder = second.every((change) => joined[lastAt.get(change.path.join("\0")) ?? -1] !== undefined);
  // Only when the second patch touches exactly paths of the first, none of which contains another, is order free.
  if (inOrder && areApart([...lastAt.keys()]))
    for (const change of second) {
      const i = lastAt.get(change.path.join("\0"))!;
      joined[i] = { ...joined[i]!, after: change.after };
    }
  else joined.push(...second);
  return joined;
}

function areApart(keys: readonly string[]): boolean {
  if (new Set(keys).size !== keys.length) return false;
  const sorted = keys.map((key) => `${key}\0`).sort();
  return sorted.every((key, i) => i === 0 || !key.startsWith(sorted[i - 1]!));
}

function readAt(value: unknown, path: Path): unknown {
  let found = value;
  for (const name of path) found = (found as Record<string, unknown> | undefined)?.[name];
  return found;
}

function writeAt(value: unknown, path: Path, written: unknown, depth = 0): unknown {
  if (depth === path.length) return written;
  const name = path[depth]!;
  const object = (value ?? {}) as Record<string, unknown>;
  const inner = writeAt(object[name], path, written, depth + 1);
  if (inner !== undefined) return { ...object, [name]: inner };
  const { [name]: _, ...others } = object;
  return others;
}
