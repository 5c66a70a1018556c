/** Commands on subgraphs: make one of nodes, take it apart, give an instance a definition of its own, its inputs and outputs. */
import type { Catalog } from "../catalog.ts";
import type { Document, Link, Node, NodeId, Point, Sheet, SheetId, Slot } from "../document.ts";
import { INPUT_NODE, OUTPUT_NODE, emptySheet, freshId, isInstance, linkInto, sheetOf } from "../document.ts";
import type { Edit } from "../edit.ts";
import { uuid } from "../ids.ts";
import type { Json } from "../json.ts";
import { promotedInput } from "../slots.ts";
import { dropLinks } from "./links.ts";
import { makeNode, nextAt } from "./nodes.ts";

/** Move nodes into a new subgraph and put an instance in their place. Returns the instance's id. */
export function makeSubgraph(edit: Edit, sheetId: SheetId, ids: readonly NodeId[], name: string, catalog: Catalog): NodeId {
  const sheet = sheetOf(edit.document, sheetId);
  const chosen = new Set(ids);
  const nodes = Object.values(sheet.nodes).filter(({ id }) => chosen.has(id));
  const links = Object.values(sheet.links);
  const inner = links.filter(({ from, to }) => chosen.has(from.node) && chosen.has(to.node));
  const entering = links.filter(({ from, to }) => !chosen.has(from.node) && chosen.has(to.node));
  const leaving = links.filter(({ from, to }) => chosen.has(from.node) && !chosen.has(to.node));
  const inputs = groupBy(entering, ({ from }) => `${from.node} ${from.slot}`);
  const outputs = groupBy(leaving, ({ from }) => `${from.node} ${from.slot}`);
  const inputSlots = nameSlots([...inputs.values()].map((group) => ({ name: group[0]!.to.slot, type: group[0]!.type })));
  const outputSlots = nameSlots([...outputs.values()].map((group) => ({ name: group[0]!.from.slot, type: group[0]!.type })));
  const [box, middle] = bounds(nodes);
  const definition: Sheet = {
    ...emptySheet(uuid(), name),
    nodes: Object.fromEntries(nodes.map((node) => [node.id, node])),
    links: Object.fromEntries(inner.map((link) => [link.id, withoutReroute(link)])),
    inputs: inputSlots, outputs: outputSlots,
    inputPos: [box[0] - 260, middle[1] - 60], outputPos: [box[2] + 100, middle[1] - 60],
  };
  edit.set(["sheets", definition.id], definition);
  [...inputs.values()].forEach((group, i) => {
    for (const link of group) setLink(edit, definition.id, { node: INPUT_NODE, slot: inputSlots[i]!.key }, link.to, link.type);
  });
  [...outputs.values()].forEach((group, i) => setLink(edit, definition.id, group[0]!.from, { node: OUTPUT_NODE, slot: outputSlots[i]!.key }, group[0]!.type));
  const instance = makeNode(edit, sheetId, definition.id, [Math.round(middle[0] - 150), Math.round(middle[1] - 60)], catalog);
  dropLinks(edit, sheetId, ({ from, to }) => chosen.has(from.node) || chosen.has(to.node));
  for (const id of chosen) edit.remove(["sheets", sheetId, "nodes", id]);
  edit.set(["sheets", sheetId, "nodes", instance.id], instance);
  [...inputs.values()].forEach((group, i) => setLink(edit, sheetId, group[0]!.from, { node: instance.id, slot: inputSlots[i]!.key }, group[0]!.type));
  [...outputs.values()].forEach((group, i) => {
    for (const link of group) setLink(edit, sheetId, { node: instance.id, slot: outputSlots[i]!.key }, link.to, link.type);
  });
  return instance.id;
}

/** Put what is inside an instance in its place. Returns the ids of the nodes. */
export function unpackSubgraph(edit: Edit, sheetId: SheetId, instanceId: NodeId): NodeId[] {
  const outer = sheetOf(edit.document, sheetId);
  const instance = outer.nodes[instanceId];
  if (!instance || !isInstance(edit.document, instance)) return [];
  const inner = sheetOf(edit.document, instance.type);
  const [box] = bounds(Object.values(inner.nodes));
  const names = new Map<NodeId, NodeId>();
  for (const node of Object.values(inner.nodes)) {
    const sheet = sheetOf(edit.document, sheetId);
    const id = freshId(sheet.nodes);
    names.set(node.id, id);
    const pos: Point = [node.pos[0] - box[0] + instance.pos[0], node.pos[1] - box[1] + instance.pos[1]];
    edit.set(["sheets", sheetId, "nodes", id], { ...node, id, at: nextAt(sheet), pos, values: { ...node.values, ...ownValues(instance, inner, node) } });
  }
  for (const link of Object.values(inner.links)) {
    const to = names.get(link.to.node);
    const from = names.get(link.from.node);
    if (to !== undefined && from !== undefined) setLink(edit, sheetId, { ...link.from, node: from }, { ...link.to, node: to }, link.type);
    else if (to !== undefined && link.from.node === INPUT_NODE) {
      const source = linkInto(outer, instanceId, link.from.slot);
      if (source) setLink(edit, sheetId, source.from, { ...link.to, node: to }, source.type);
    } else if (from !== undefined && link.to.node === OUTPUT_NODE) {
      const taken = Object.values(outer.links).filter((other) => other.from.node === instanceId && other.from.slot === link.to.slot);
      dropLinks(edit, sheetId, ({ id }) => taken.some((other) => other.id === id));
      for (const { to: end, type } of taken) setLink(edit, sheetId, { ...link.from, node: from }, end, type);
    }
  }
  dropLinks(edit, sheetId, ({ from, to }) => from.node === instanceId || to.node === instanceId);
  edit.remove(["sheets", sheetId, "nodes", instanceId]);
  return [...names.values()];
}

/** Values that an instance holds for widgets of an inner node. */
function ownValues(instance: Node, inner: Sheet, node: Node): Record<string, Json> {
  const fed = Object.values(inner.links).filter(({ from, to }) => from.node === INPUT_NODE && to.node === node.id);
  return Object.fromEntries(
    fed.flatMap(({ from, to }) => {
      const value = instance.values[from.slot];
      return value === undefined || value === null ? [] : [[to.slot, value]];
    }),
  );
}

/** Give an instance a definition of its own, so that changes inside no longer reach its twins. */
export function makeUnique(edit: Edit, sheetId: SheetId, instanceId: NodeId): void {
  const instance = sheetOf(edit.document, sheetId).nodes[instanceId];
  if (!instance || !isInstance(edit.document, instance)) return;
  const id = uuid();
  edit.set(["sheets", id], { ...sheetOf(edit.document, instance.type), id });
  edit.set(["sheets", sheetId, "nodes", instanceId, "type"], id);
}

export function renameSubgraph(edit: Edit, definition: SheetId, name: string): void {
  edit.set(["sheets", definition, "name"], name);
}

/** Add an input or output to a subgraph and to all its instances. Returns its key. */
export function addBoundarySlot(edit: Edit, definition: SheetId, side: "inputs" | "outputs", name: string, type: string): string {
  const slots = sheetOf(edit.document, definition)[side];
  const unique = uniqueName(name, slots.map((slot) => slot.name));
  const slot: Slot = { key: unique, name: unique, type, rest: { id: uuid() } };
  edit.set(["sheets", definition, side], [...slots, slot]);
  for (const [sheetId, node] of instancesOf(edit.document, definition))
    edit.set(["sheets", sheetId, "nodes", node.id, side], [...node[side], { key: unique, name: unique, type, rest: {} }]);
  return unique;
}

export function removeBoundarySlot(edit: Edit, definition: SheetId, side: "inputs" | "outputs", key: string): void {
  const boundary = side === "inputs" ? INPUT_NODE : OUTPUT_NODE;
  const end = side === "inputs" ? "from" : "to";
  dropLinks(edit, definition, (link) => link[end].node === boundary && link[end].slot === key);
  edit.set(["sheets", definition, side], sheetOf(edit.document, definition)[side].filter((slot) => slot.key !== key));
  for (const [sheetId, node] of instancesOf(edit.document, definition)) {
    const outer = side === "inputs" ? "to" : "from";
    dropLinks(edit, sheetId, (link) => link[outer].node === node.id && link[outer].slot === key);
    edit.set(["sheets", sheetId, "nodes", node.id, side], node[side].filter((slot) => slot.key !== key));
    if (Array.isArray(node.properties.proxyWidgets))
      edit.set(["sheets", sheetId, "nodes", node.id, "properties", "proxyWidgets"], node.properties.proxyWidgets.filter((entry) => !(Array.isArray(entry) && entry[0] === "-1" && entry[1] === key)));
  }
}

/** Show a widget of an inner node on every instance; each then has a value of its own. Returns the key of the new input. */
export function promoteWidget(edit: Edit, definition: SheetId, node: NodeId, input: string, catalog: Catalog): string | null {
  const inner = sheetOf(edit.document, definition).nodes[node];
  const type = inner && catalog.get(inner.type)?.inputs.find(({ name }) => name === input);
  if (!inner || !type?.widget || linkInto(sheetOf(edit.document, definition), node, input)) return null;
  const key = addBoundarySlot(edit, definition, "inputs", input, type.type);
  setLink(edit, definition, { node: INPUT_NODE, slot: key }, { node, slot: input }, type.type);
  for (const [sheetId, instance] of instancesOf(edit.document, definition)) {
    const proxies = Array.isArray(instance.properties.proxyWidgets) ? instance.properties.proxyWidgets : [];
    const path = ["sheets", sheetId, "nodes", instance.id];
    edit.set([...path, "properties", "proxyWidgets"], [...proxies, ["-1", key]]);
    edit.set([...path, "values", key], inner.values[input] ?? type.widget.default);
    edit.set([...path, "inputs"], instance.inputs.map((slot) => (slot.key === key ? { ...slot, rest: { ...slot.rest, widget: { name: key } } } : slot)));
  }
  return key;
}

/** The input of a definition that shows a widget inside it on its instances; null when none does. */
export function promotedAs(sheet: Sheet, node: NodeId, input: string, catalog: Catalog): string | null {
  const from = linkInto(sheet, node, input)?.from;
  return from?.node === INPUT_NODE && promotedInput(sheet, from.slot, catalog) ? from.slot : null;
}

export function* instancesOf(document: Document, definition: SheetId): Iterable<[SheetId, Node]> {
  for (const sheet of Object.values(document.sheets))
    for (const node of Object.values(sheet.nodes)) if (node.type === definition) yield [sheet.id, node];
}

function setLink(edit: Edit, sheetId: SheetId, from: Link["from"], to: Link["to"], type: string): void {
  const id = freshId(sheetOf(edit.document, sheetId).links);
  edit.set(["sheets", sheetId, "links", id], { id, from, to, type, rest: {} } satisfies Link);
}

function withoutReroute({ reroute: _, ...link }: Link): Link {
  return link;
}

function nameSlots(slots: readonly { name: string; type: string }[]): Slot[] {
  const names: string[] = [];
  return slots.map(({ name, type }) => {
    const unique = uniqueName(name, names);
    names.push(unique);
    return { key: unique, name: unique, type, rest: { id: uuid() } };
  });
}

function uniqueName(name: string, taken: readonly string[]): string {
  const base = name || "value";
  for (let i = 1; ; i += 1) {
    const tried = i === 1 ? base : `${base}_${i}`;
    if (!taken.includes(tried)) return tried;
  }
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** The box around nodes (left, top, right, bottom), and its middle. */
function bounds(nodes: readonly Node[]): [[number, number, number, number], Point] {
  const left = Math.min(...nodes.map(({ pos }) => pos[0]));
  const top = Math.min(...nodes.map(({ pos }) => pos[1]));
  const right = Math.max(...nodes.map(({ pos, size }) => pos[0] + size[0]));
  const bottom = Math.max(...nodes.map(({ pos, size }) => pos[1] + size[1]));
  return [[left, top, right, bottom], [(left + right) / 2, (top + bottom) / 2]];
}
