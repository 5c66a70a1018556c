/** The sockets and widgets that a node shows: what its type declares, and what only this node has. */
import { type Catalog, type Growth, type InputType, type NodeType, inputsOf } from "./catalog.ts";
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

/** `definition` is the sheet that the node is an instance of, if it is one: its promoted inputs have widgets. */
export function shownInputs(node: Node, catalog: Catalog, definition?: Sheet): ShownInput[] {
  const type = catalog.get(node.type);
  const own = new Map(node.inputs.map((slot) => [slot.key, slot]));
  const show = (key: string, socket: string, isOptional: boolean, input?: InputType): ShownInput => {
    const slot = own.get(key);
    own.delete(key);
    return { key, label: slot?.label ?? key.slice(key.lastIndexOf(".") + 1), type: socket, isOptional, ...(input?.widget ? { input } : {}) };
  };
  const declared = (type ? inputsOf(type, (name) => node.values[name]) : []).filter(isSeen).flatMap((input) =>
    input.growth
      ? grownSlots(node, input.growth).map((key, i) => show(key, input.growth!.type, i >= input.growth!.least))
      : [show(input.name, input.type, input.isOptional, input)],
  );
  const extra = [...own.values()].map((slot): ShownInput => {
    const input = definition && isPromotedBy(node, slot.key) ? promotedInput(definition, slot.key, catalog) : undefined;
    return { key: slot.key, label: slot.label ?? slot.name, type: slot.type, isOptional: true, ...(input ? { input } : {}) };
  });
  const all = [...declared, ...extra];
  return [...all.filter(({ input }) => !input), ...all.filter(({ input }) => input)];
}

/** Whether people see an input: some values are the editor's own. */
export function isSeen({ widget }: InputType): boolean {
  return widget?.kind !== "kept";
}

/** Whether links can lead to an input: some widgets' values are only ever made by the widget. */
export function hasSocket({ input }: ShownInput): boolean {
  return input?.options.socketless !== true && input?.widget?.kind !== "compare";
}

/** The sockets of a growing row: those that are required, those in use, and a free one. */
function grownSlots(node: Node, { names, least }: Growth): readonly string[] {
  const used = names.findLastIndex((name) => node.inputs.some(({ key }) => key === name)) + 1;
  return names.slice(0, Math.max(least, used + 1));
}

/** The slot that a node has to get when something is linked to it: one of a row that grows. */
export function grownSlot(node: Node, catalog: Catalog, key: string): Slot | undefined {
  const type = catalog.get(node.type);
  const row = type && inputsOf(type, (name) => node.values[name]).find(({ growth }) => growth?.names.includes(key));
  if (!row?.growth || node.inputs.some((slot) => slot.key === key)) return undefined;
  return { key, name: key, type: row.growth.type, label: key.slice(key.lastIndexOf(".") + 1), rest: {} };
}

function isPromotedBy(instance: Node, key: string): boolean {
  const proxies = instance.properties.proxyWidgets;
  return Array.isArray(proxies) && proxies.some((entry) => Array.isArray(entry) && entry[0] === "-1" && entry[1] === key);
}

/** The inner input whose widget a subgraph's input stands for, under the name that the input has on the instance. */
export function promotedInput(definition: Sheet, key: string, catalog: Catalog): InputType | undefined {
  const link = Object.values(definition.links).find(({ from }) => from.node === INPUT_NODE && from.slot === key);
  const inner = link && definition.nodes[link.to.node];
  const input = inner && catalog.get(inner.type)?.inputs.find(({ name }) => name === link.to.slot);
  return input?.widget ? { ...input, name: key } : undefined;
}

/** A widget of a node inside a subgraph that its instances show; its value lies in the inner node, for all of them. */
export interface SharedWidget {
  readonly node: Node;
  readonly input: InputType;
}

export function sharedWidgets(instance: Node, definition: Sheet, catalog: Catalog): SharedWidget[] {
  const proxies = instance.properties.proxyWidgets;
  return (Array.isArray(proxies) ? proxies : []).flatMap((entry) => {
    const [id, name] = Array.isArray(entry) ? entry.map(String) : [];
    const node = id === undefined || id === "-1" ? undefined : definition.nodes[id];
    const input = node && catalog.get(node.type)?.inputs.find((candidate) => candidate.name === name);
    return node && input?.widget ? [{ node, input }] : [];
  });
}

/** The slot at the edge of a subgraph that becomes a new input or output when something is linked to it. */
export const NEW_SLOT = "+";

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
  if (id === OUTPUT_NODE) return [...sheet.outputs, { key: NEW_SLOT, type: "*" }];
  const node = sheet.nodes[id];
  return node ? shownInputs(node, catalog).filter(hasSocket) : [];
}

/** The slots of a node that give links. */
export function givers(sheet: Sheet, id: string): { key: string; type: string }[] {
  return id === INPUT_NODE ? [...sheet.inputs, { key: NEW_SLOT, type: "*" }] : [...(sheet.nodes[id]?.outputs ?? [])];
}

/** The slots that a new node of a type is saved with: its sockets, not its widgets. */
export function freshInputs(type: NodeType): Slot[] {
  return type.inputs.filter((input) => !input.widget && !input.growth).map(({ name, type: socket, isOptional }) => {
    const rest: JsonObject = isOptional ? { shape: 7 } : {};
    return { key: name, name, type: socket, rest };
  });
}

export function titleOf(node: Node, document: Document, catalog: Catalog): string {
  return node.title || document.sheets[node.type]?.name || catalog.get(node.type)?.title || node.type;
}
