/** An API graph as a document: what was run, laid out again. */
import type { Catalog } from "./catalog.ts";
import { addLink } from "./commands/links.ts";
import { makeNode } from "./commands/nodes.ts";
import type { Document, Node } from "./document.ts";
import { ROOT, emptyDocument, sheetOf } from "./document.ts";
import { Edit } from "./edit.ts";
import type { Json, JsonObject } from "./json.ts";
import { isObject } from "./json.ts";
import { arrange } from "./layout.ts";

export function isApiPrompt(file: unknown): file is JsonObject {
  if (!isObject(file)) return false;
  const nodes = Object.values(file);
  return nodes.length > 0 && nodes.every((node) => isObject(node) && typeof node.class_type === "string" && isObject(node.inputs));
}

export function importPrompt(file: JsonObject, catalog: Catalog, id: string): Document {
  const edit = new Edit(emptyDocument(id));
  const ids = new Map(Object.keys(file).map((name, i) => [name, /^\d+$/.test(name) ? name : String(100_000 + i)]));
  for (const [name, raw] of Object.entries(file)) {
    const { class_type: type, inputs, _meta } = raw as JsonObject;
    const made = makeNode(edit, ROOT, String(type), [0, 0], catalog);
    const title = isObject(_meta) && typeof _meta.title === "string" ? _meta.title : undefined;
    const values = Object.entries(inputs as JsonObject).filter(([, value]) => !isLink(value, file)).map(([key, value]) => [key, isObject(value) && "__value__" in value ? value.__value__ : value]);
    const node: Node = {
      ...made, id: ids.get(name)!, values: { ...made.values, ...(Object.fromEntries(values) as JsonObject) },
      ...(title !== undefined && title !== catalog.get(made.type)?.title ? { title } : {}),
    };
    edit.set(["sheets", ROOT, "nodes", node.id], node);
  }
  for (const [name, raw] of Object.entries(file))
    for (const [input, value] of Object.entries((raw as JsonObject).inputs as JsonObject))
      if (isLink(value, file)) {
        const from = sheetOf(edit.document, ROOT).nodes[ids.get(String(value[0]))!];
        const output = from?.outputs[Number(value[1])];
        if (from && output) addLink(edit, ROOT, { node: from.id, slot: output.key }, { node: ids.get(name)!, slot: input }, catalog);
      }
  const sheet = sheetOf(edit.document, ROOT);
  const boxes = Object.values(sheet.nodes).map(({ id: node, pos, type }) => ({ id: node, pos, size: [300, 60 + 24 * (catalog.get(type)?.inputs.length ?? 2)] as const }));
  for (const [node, pos] of arrange(boxes, sheet)) edit.set(["sheets", ROOT, "nodes", node, "pos"], pos);
  return edit.document;
}

function isLink(value: Json | undefined, file: JsonObject): value is readonly Json[] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === "string" && value[0] in file && typeof value[1] === "number";
}
