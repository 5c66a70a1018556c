/** What a document needs that this server does not have: node types, and files that its nodes name. */
import type { Catalog } from "./catalog.ts";
import { inputsOf } from "./catalog.ts";
import type { Document, SheetId } from "./document.ts";
import { isInstance, linkInto } from "./document.ts";
import { isObject } from "./json.ts";
import { isVirtual } from "./prompt.ts";

export interface MissingPart {
  readonly kind: "type" | "file";
  /** The node type, or the file. */
  readonly name: string;
  /** Where to get it, if the workflow says so. */
  readonly url?: string;
  /** The pack of a node type, or the model folder of a file, if the workflow says so. */
  readonly place?: string;
  readonly nodes: readonly { readonly sheet: SheetId; readonly node: string; readonly input?: string }[];
}

export function missingParts(document: Document, catalog: Catalog): MissingPart[] {
  const found = new Map<string, MissingPart>();
  const add = (part: MissingPart): void => {
    const key = `${part.kind} ${part.name}`;
    const old = found.get(key);
    found.set(key, old ? { ...old, nodes: [...old.nodes, ...part.nodes] } : part);
  };
  if (catalog.size === 0) return [];
  for (const sheet of Object.values(document.sheets))
    for (const node of Object.values(sheet.nodes)) {
      if (isVirtual(node) || isInstance(document, node)) continue;
      const type = catalog.get(node.type);
      if (!type) {
        const pack = node.properties.cnr_id ?? node.properties.aux_id;
        add({ kind: "type", name: node.type, ...(typeof pack === "string" ? { place: pack } : {}), nodes: [{ sheet: sheet.id, node: node.id }] });
        continue;
      }
      const models = Array.isArray(node.properties.models) ? node.properties.models.filter(isObject) : [];
      for (const { name, widget } of inputsOf(type, (input) => node.values[input])) {
        const value = node.values[name];
        if (!widget?.choices || typeof value !== "string" || !/\.\w{2,12}$/.test(value)) continue;
        if (widget.choices.includes(value) || linkInto(sheet, node.id, name) || widget.kind === "image") continue;
        const model = models.find((candidate) => candidate.name === value);
        add({
          kind: "file", name: value, nodes: [{ sheet: sheet.id, node: node.id, input: name }],
          ...(typeof model?.url === "string" && /^https:\/\//.test(model.url) ? { url: model.url } : {}),
          ...(typeof model?.directory === "string" ? { place: model.directory } : {}),
        });
      }
    }
  return [...found.values()];
}
