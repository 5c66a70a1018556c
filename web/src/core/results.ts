/** What a run left on a node besides still pictures: texts, sounds, films. */
import type { JsonObject } from "./json.ts";
import { isObject } from "./json.ts";
import { kindOf } from "./inputFiles.ts";
import type { FileRef } from "./runs.ts";

const LISTS = ["images", "gifs", "video", "videos", "audio", "files"];

export function textsOf(output: JsonObject | undefined): string[] {
  const found = output?.text ?? output?.string;
  const list = typeof found === "string" ? [found] : Array.isArray(found) ? found : [];
  return list.flatMap((item) => (typeof item === "string" ? [item] : item === null || item === undefined ? [] : [JSON.stringify(item)]));
}

/** The files of a kind in a node's output, wherever the node put them. */
export function filesOf(output: JsonObject | undefined, kind: "audio" | "video"): FileRef[] {
  return LISTS.flatMap((list) => (Array.isArray(output?.[list]) ? (output[list] as readonly unknown[]) : [])).flatMap((item) => {
    if (!isObject(item) || typeof item.filename !== "string" || kindOf(item.filename) !== kind) return [];
    return [{ filename: item.filename, subfolder: typeof item.subfolder === "string" ? item.subfolder : "", type: typeof item.type === "string" ? item.type : "output" }];
  });
}
