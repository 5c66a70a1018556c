/** What picture comes into an input, as far as the editor knows without a run. */
import { type Catalog, inputsOf } from "./catalog.ts";
import { type NodeId, type Sheet, linkInto } from "./document.ts";
import { fileOf } from "./inputFiles.ts";
import type { JsonObject } from "./json.ts";
import { isVirtual } from "./prompt.ts";
import { type FileRef, picturesOf } from "./runs.ts";

/** The file that the linked node loads, else the first picture that it showed in its last run; null when nobody knows. */
export function pictureInto(sheet: Sheet, catalog: Catalog, node: NodeId, slot: string, outputOf: (node: NodeId) => JsonObject | undefined): FileRef | null {
  const link = linkInto(sheet, node, slot);
  const source = link && sheet.nodes[link.from.node];
  if (!source) return null;
  if (isVirtual(source)) return source.inputs[0] ? pictureInto(sheet, catalog, source.id, source.inputs[0].key, outputOf) : null;
  const type = catalog.get(source.type);
  const loaded = type && inputsOf(type, (name) => source.values[name]).find(({ widget }) => widget?.kind === "image" || widget?.kind === "webcam");
  const value = loaded && source.values[loaded.name];
  if (typeof value === "string" && value) return fileOf(value, typeof loaded!.options.image_folder === "string" ? loaded!.options.image_folder : "input");
  return picturesOf(outputOf(source.id))[0] ?? null;
}
