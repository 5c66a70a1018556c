/** The sockets and widgets that a node shows: what its type declares, and what only this node has. */
import type { Catalog, InputType, NodeType } from "./catalog.ts";
import type { Document, Node, Sheet } from "./document.ts";
import type { Slot } from "./document.ts";
import { INPUT_NODE, OUTPUT_NODE } from "./document.ts";
import type { JsonObject } from "./json.ts";

export interface ShownInput {
  readonly key: string;
  readonly label: string;
  readonly type: string;
  readonly isOptional: boolean;
  /** Present when the input has a widget; a link into it takes the widget's place. */
  readonly input?: InputType;
}

export interface ShownOutput {
  readonly key: string;
  readonly label: string;
  readonly type: string;
  readonly isList: boolean;
}

export function shownInputs(node: Node, catalog: Catalog): ShownInput[] {
  const type = catalog.get(node.type);
  const own = new Map(node.inputs.map((slot) => [slot.key, slot]));
  const declared: ShownInput[] = (type?.inputs ?? []).map((input) => {
    const slot = own.get(input.name);
    own.delete(input.name);
    return {
      key: input.name, label: slot?.label ?? input.name, type: input.type, isOptional: input.isOptional,
      ...(input.widget ? { input } : {}),
    };
  });
  const extra = [...own.values()].map((slot) => ({ key: slot.key, label: slot.label ?? slot.name, type: slot.type, isOptional: true }));
  return [...declared.filter(({ input }) => !input), ...extra, ...declared.filter(({ input }) => input)];
}

export function shownOutputs(node: Node, catalog: Catalog): ShownOutput[] {
  const types = catalog.get(node.type)?.outputs;
  return node.outputs.map((slot, i) => ({
    key: slot.key, label: slot.label ?? slot.name, type: slot.type, isList: types?.[i]?.isList ?? false,
  }));
}

/** The type of an end of a link, on nodes and on the boundary of a subgraph; undefined if there is no such slot. */
export function slotType(sheet: Sheet, catalog: Catalog, side: "in" | "out", node: string, key: string): string | undefined {
  const found = side === "in" ? takers(sheet, catalog, node) : givers(sheet, node);
  return found.find((slot) => slot.key === key)?.type;
}

/** The slots of a node that take links. */
export function takers(sheet: Sheet, catalog: Catalog, id: string): { key: string; type: string }[] {
  if (id === OUTPUT_NODE) return [...sheet.outputs];
  const node = sheet.nodes[id];
  return node ? shownInputs(node, catalog) : [];
}

/** The slots of a node that give links. */
export function givers(sheet: Sheet, id: string): { key: string; type: string }[] {
  return id === INPUT_NODE ? [...sheet.inputs] : [...(sheet.nodes[id]?.outputs ?? [])];
}

/** The slots that a new node of a type is saved with: its sockets, not its widgets. */
export function freshInputs(type: NodeType): Slot[] {
  return type.inputs.filter((input) => !input.widget).map(({ name, type: socket, isOptional }) => {
    const rest: JsonObject = isOptional ? { shape: 7 } : {};
    return { key: name, name, type: socket, rest };
  });
}

export function titleOf(node: Node, document: Document, catalog: Catalog): string {
  return node.title || document.sheets[node.type]?.name || catalog.get(node.type)?.title || node.type;
}
