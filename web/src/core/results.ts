/** What a run left on a node besides still pictures: texts, sounds, films, 3D files. */
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
  return LISTS.flatMap((list) => listed(output, list)).filter(({ filename }) => kindOf(filename) === kind);
}

/** The 3D files that a node saved or shows, which the editor hands out but does not draw. */
export function solidsOf(output: JsonObject | undefined): FileRef[] {
  return listed(output, "3d");
}

function listed(output: JsonObject | undefined, list: string): FileRef[] {
  const items = output?.[list];
  return (Array.isArray(items) ? (items as readonly unknown[]) : []).flatMap((item) => {
    if (!isObject(item) || typeof item.filename !== "string") return [];
    return [{ filename: item.filename, subfolder: typeof item.subfolder === "string" ? item.subfolder : "", type: typeof item.type === "string" ? item.type : "output" }];
  });
}
