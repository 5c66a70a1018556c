/** Versions of a document: kept on the server when it is saved, when it runs, and when the user asks. */
import { createStore } from "zustand/vanilla";
import { api } from "../api/client.ts";
import type { Document } from "../core/document.ts";
import { isSame } from "../core/json.ts";
import { text } from "../texts/text.ts";
import { notify, runner, workspace } from "./editor.ts";

export interface Version {
  /** The file's name below the document's folder: the time in milliseconds, why it was kept, its label. */
  readonly path: string;
  readonly atMs: number;
  readonly why: "saved" | "run" | "kept";
  readonly label: string;
}

const KEPT_RUNS = 30;

/** Counts what was kept, so that lists know when to read again. */
export const versionChanges = createStore<{ readonly count: number }>(() => ({ count: 0 }));
const newest = new Map<string, Document>();

export async function keepVersion(document: Document, why: Version["why"], label = ""): Promise<void> {
  const old = newest.get(document.id);
  if (why === "run" && old && isSame(old.sheets, document.sheets)) return;
  newest.set(document.id, document);
  const safe = label.replace(/[^\p{L}\p{N} _-]+/gu, " ").trim().slice(0, 60);
  await api.writeUserFile(`${folderOf(document)}/${Date.now()}.${why}.${safe}.json`, JSON.stringify(document));
  if (why === "run") await dropOldRuns(document);
  versionChanges.setState(({ count }) => ({ count: count + 1 }));
}

/** Newest first. */
export async function listVersions(document: Document): Promise<Version[]> {
  const files = await api.listUserFiles(folderOf(document));
  return files.flatMap(({ path }) => readName(path)).sort((a, b) => b.atMs - a.atMs);
}

export async function readVersion(document: Document, { path }: Version): Promise<Document> {
  const content = await api.readUserFile(`${folderOf(document)}/${path}`);
  if (content === null) throw new Error(text("versions.gone", { name: path }));
  return JSON.parse(content) as Document;
}

export async function deleteVersion(document: Document, { path }: Version): Promise<void> {
  await api.deleteUserFile(`${folderOf(document)}/${path}`);
  versionChanges.setState(({ count }) => ({ count: count + 1 }));
}

/** Make the document what it was then; one step of undo. */
export function restoreVersion(version: Document, label: string): void {
  workspace.tab?.session.perform(label, (edit) => {
    edit.set(["sheets"], version.sheets);
    edit.set(["rest"], version.rest);
  });
}

/** Keep a version of what runs, each time it differs from the last one. */
export function followRuns(): void {
  runner.onSubmitted((document) => void keepVersion(document, "run").catch((error: Error) => notify(error.message, "error")));
}

async function dropOldRuns(document: Document): Promise<void> {
  const runs = (await listVersions(document)).filter(({ why }) => why === "run");
  for (const version of runs.slice(KEPT_RUNS)) await api.deleteUserFile(`${folderOf(document)}/${version.path}`);
}

function folderOf({ id }: Document): string {
  return `easel/versions/${id.replace(/[^\w-]+/g, "_")}`;
}

function readName(path: string): Version[] {
  const [, at, why, label] = /^(\d+)\.(saved|run|kept)\.(.*)\.json$/.exec(path) ?? [];
  return at ? [{ path, atMs: Number(at), why: why as Version["why"], label: label ?? "" }] : [];
}
