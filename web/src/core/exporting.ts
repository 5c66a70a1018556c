/** A document as the field's workflow file: 0.4 at the root (lists of links), definitions in the form of version 1. */
import { type Catalog, inputsOf } from "./catalog.ts";
import type { Document, Frame, Link, Node, Sheet, Slot } from "./document.ts";
import { INPUT_NODE, OUTPUT_NODE, ROOT, linksFrom, linksInto, sheetOf } from "./document.ts";
import type { Json, JsonObject } from "./json.ts";
import { isObject } from "./json.ts";
import { placesIn, writeValues } from "./values.ts";

export function exportWorkflow(document: Document, catalog: Catalog): JsonObject {
  const root = sheetOf(document, ROOT);
  const rest = dropOwn(document.rest);
  const isListed = rest.version !== 1;
  const links = ordered(Object.values(root.links)).map((link) => (isListed ? listLink(link, root) : objectLink(link, root)));
  const definitions = Object.values(document.sheets).filter((sheet) => sheet.id !== ROOT);
  const file: Record<string, Json> = {
    ...rest,
    ...(document.rest["easel:hasId"] === true || Object.keys(document.rest).length === 0 ? { id: document.id } : {}),
    nodes: ordered(Object.values(root.nodes)).map((node) => writeNode(node, root, document, catalog)),
    links: [...links, ...lostLinks(root)],
    version: rest.version ?? 0.4,
  };
  if (document.rest["easel:noGroups"] !== true || Object.keys(root.frames).length) file.groups = writeFrames(root);
  writeCounters(file, root, isListed);
  if (isListed) Object.assign(file, { extra: extraOf(rest, root) ?? file.extra ?? {} });
  else if (Object.keys(root.reroutes).length) file.reroutes = writeReroutes(root);
  if (definitions.length)
    file.definitions = {
      ...(isObject(rest.definitions) ? rest.definitions : {}),
      subgraphs: definitions.map((sheet) => writeDefinition(sheet, document, catalog)),
    };
  return file;
}

function writeCounters(file: Record<string, Json>, root: Sheet, isListed: boolean): void {
  const lastNode = largest(Object.keys(root.nodes));
  const lastLink = largest(Object.keys(root.links));
  if (isListed) {
    file.last_node_id = Math.max(lastNode, Number(file.last_node_id ?? 0) || 0);
    file.last_link_id = Math.max(lastLink, Number(file.last_link_id ?? 0) || 0);
    return;
  }
  const state = isObject(file.state) ? file.state : {};
  file.state = {
    ...state,
    lastNodeId: Math.max(lastNode, Number(state.lastNodeId ?? 0) || 0),
    lastLinkId: Math.max(lastLink, Number(state.lastLinkId ?? 0) || 0),
    lastRerouteId: Math.max(largest(Object.keys(root.reroutes)), Number(state.lastRerouteId ?? 0) || 0),
    lastGroupId: Math.max(largest(Object.keys(root.frames)), Number(state.lastGroupId ?? 0) || 0),
  };
}

function writeNode(node: Node, sheet: Sheet, document: Document, catalog: Catalog): JsonObject {
  const absent = (node.rest["easel:absent"] as string[] | undefined) ?? [];
  const flags = {
    ...((node.rest["easel:flags"] as JsonObject | undefined) ?? {}),
    ...(node.isCollapsed ? { collapsed: true } : {}),
    ...(node.isPinned ? { pinned: true } : {}),
  };
  const inputs = fileInputs(node, sheet, catalog);
  const values = writeValues(node, placesIn(document, node, catalog));
  const isUntouched = node.rest["easel:noValues"] === true && Array.isArray(values) && isDefault(node, document, catalog);
  const file: Record<string, Json> = {
    id: numeric(node.id, node.rest["easel:textId"] === true),
    type: node.type, pos: node.pos, size: node.size, flags, mode: node.mode,
    inputs: inputs.map((slot) => writeInput(slot, node, sheet)),
    outputs: node.outputs.map((slot) => writeOutput(slot, node, sheet)),
    properties: node.properties,
    ...dropOwn(node.rest),
  };
  for (const name of absent) if (isEmpty(file[name]) || (name === "mode" && node.mode === 0) || name === "size") delete file[name];
  if (absent.includes("outputs") && node.outputs.every((slot) => !linksAt(sheet, "from", node.id, slot.key).length)) delete file.outputs;
  if (node.title !== undefined) file.title = node.title;
  if (node.color !== undefined) file.color = node.color;
  if (node.bgcolor !== undefined) file.bgcolor = node.bgcolor;
  if (values !== undefined && !isUntouched) file.widgets_values = values;
  return file;
}

function isDefault(node: Node, document: Document, catalog: Catalog): boolean {
  return (placesIn(document, node, catalog) ?? []).every((place) => Object.is(node.values[place.name], place.default));
}

function isEmpty(value: Json | undefined): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/** The node's slots in the file: its own, and one for each widget that a link feeds. */
function fileInputs(node: Node, sheet: Sheet, catalog: Catalog): Slot[] {
  const fed = linksInto(sheet, node.id).map((link) => link.to.slot);
  const missing = fed.filter((key) => !node.inputs.some((slot) => slot.key === key));
  const type = catalog.get(node.type);
  const types = type ? inputsOf(type, (name) => node.values[name]) : [];
  return [
    ...node.inputs,
    ...missing.map((key) => {
      const input = types.find(({ name }) => name === key);
      const rest: JsonObject = input?.widget ? { widget: { name: key } } : {};
      return { key, name: key, type: input?.type ?? "*", rest };
    }),
  ];
}

function writeInput(slot: Slot, node: Node, sheet: Sheet): JsonObject {
  const link = linksAt(sheet, "to", node.id, slot.key)[0];
  const bare = slot.rest["easel:bare"] === true && !link;
  return { ...slotFields(slot), ...(bare ? {} : { link: link ? numeric(link.id) : null }) };
}

function writeOutput(slot: Slot, node: Node, sheet: Sheet): JsonObject {
  const links = linksAt(sheet, "from", node.id, slot.key).map((link) => numeric(link.id));
  if (links.length === 0 && slot.rest["easel:bare"] === true) return slotFields(slot);
  return { ...slotFields(slot), links: links.length === 0 && "easel:links" in slot.rest ? null : links };
}

function slotFields(slot: Slot): Record<string, Json> {
  const type = "easel:type" in slot.rest ? slot.rest["easel:type"]! : slot.type;
  return { name: slot.name, type, ...(slot.label !== undefined ? { label: slot.label } : {}), ...dropOwn(slot.rest) };
}

function writeDefinition(sheet: Sheet, document: Document, catalog: Catalog): JsonObject {
  const boundary = (raw: Json | undefined, id: string, pos: readonly number[]): JsonObject => {
    const box = isObject(raw) && Array.isArray(raw.bounding) ? raw.bounding.slice(2) : [120, 60];
    return { ...(isObject(raw) ? raw : {}), id: Number(id), bounding: [...pos, ...box] as Json[] };
  };
  const { definitions: _, inputNode, outputNode, ...rest } = dropOwn(sheet.rest);
  const file: Record<string, Json> = {
    ...rest,
    id: sheet.id, name: sheet.name,
    inputNode: boundary(inputNode, INPUT_NODE, sheet.inputPos),
    outputNode: boundary(outputNode, OUTPUT_NODE, sheet.outputPos),
    inputs: sheet.inputs.map((slot) => boundarySlot(slot, linksAt(sheet, "from", INPUT_NODE, slot.key))),
    outputs: sheet.outputs.map((slot) => boundarySlot(slot, linksAt(sheet, "to", OUTPUT_NODE, slot.key))),
    nodes: ordered(Object.values(sheet.nodes)).map((node) => writeNode(node, sheet, document, catalog)),
    links: [...ordered(Object.values(sheet.links)).map((link) => objectLink(link, sheet)), ...lostLinks(sheet)],
    groups: writeFrames(sheet),
    version: rest.version ?? 1,
  };
  if (Object.keys(sheet.reroutes).length) file.reroutes = writeReroutes(sheet);
  writeCounters(file, sheet, false);
  return file;
}

/** Links of the file that end at slots which are not there: kept as they came. */
function lostLinks(sheet: Sheet): readonly Json[] {
  return (sheet.rest["easel:lostLinks"] as readonly Json[] | undefined) ?? [];
}

function boundarySlot(slot: Slot, links: Link[]): JsonObject {
  return { ...slotFields(slot), linkIds: links.map((link) => numeric(link.id)) };
}

function listLink(link: Link, sheet: Sheet): Json {
  const { id, origin_id, origin_slot, target_id, target_slot, type } = objectLink(link, sheet);
  return [id!, origin_id!, origin_slot!, target_id!, target_slot!, type!];
}

function objectLink(link: Link, sheet: Sheet): JsonObject {
  return {
    id: numeric(link.id),
    origin_id: endId(link.from.node, sheet), origin_slot: slotIndex(sheet, "from", link),
    target_id: endId(link.to.node, sheet), target_slot: slotIndex(sheet, "to", link),
    type: "easel:type" in link.rest ? link.rest["easel:type"]! : link.type,
    ...(link.reroute !== undefined ? { parentId: numeric(link.reroute) } : {}),
    ...dropOwn(link.rest),
  };
}

function endId(node: string, sheet: Sheet): Json {
  return numeric(node, sheet.nodes[node]?.rest["easel:textId"] === true);
}

function slotIndex(sheet: Sheet, side: "from" | "to", link: Link): number {
  const { node: id, slot } = link[side];
  if (id === INPUT_NODE || id === OUTPUT_NODE)
    return (id === INPUT_NODE ? sheet.inputs : sheet.outputs).findIndex(({ key }) => key === slot);
  const node = sheet.nodes[id];
  if (side === "from") return node?.outputs.findIndex(({ key }) => key === slot) ?? 0;
  const own = node?.inputs.findIndex(({ key }) => key === slot) ?? -1;
  if (own >= 0 || !node) return own;
  const fed = linksInto(sheet, id).map((other) => other.to.slot);
  return node.inputs.length + fed.filter((key) => !node.inputs.some((s) => s.key === key)).indexOf(slot);
}

function extraOf(rest: JsonObject, sheet: Sheet): JsonObject | undefined {
  const old = isObject(rest.extra) ? rest.extra : undefined;
  const { reroutes: _, linkExtensions: __, ...others } = old ?? {};
  if (!Object.keys(sheet.reroutes).length) return old && others;
  const ends = ordered(Object.values(sheet.links)).filter((link) => link.reroute !== undefined);
  const linkExtensions = ends.map((link) => ({ id: numeric(link.id), parentId: numeric(link.reroute!) }));
  return { ...others, reroutes: writeReroutes(sheet), linkExtensions };
}

function writeReroutes(sheet: Sheet): Json {
  return Object.values(sheet.reroutes).map((reroute) => ({
    id: numeric(reroute.id),
    ...(reroute.parent !== undefined ? { parentId: numeric(reroute.parent) } : {}),
    pos: reroute.pos,
    linkIds: Object.values(sheet.links).filter((link) => passes(sheet, link, reroute.id)).map((link) => numeric(link.id)),
    ...reroute.rest,
  }));
}

function passes(sheet: Sheet, link: Link, reroute: string): boolean {
  const seen = new Set<string>();
  for (let at = link.reroute; at !== undefined && !seen.has(at); at = sheet.reroutes[at]?.parent) {
    if (at === reroute) return true;
    seen.add(at);
  }
  return false;
}

function writeFrames(sheet: Sheet): Json {
  return ordered(Object.values(sheet.frames)).map((frame: Frame) => ({
    ...(frame.rest["easel:noId"] === true ? {} : { id: numeric(frame.id) }),
    title: frame.title, bounding: [...frame.pos, ...frame.size],
    ...(frame.color !== undefined ? { color: frame.color } : {}),
    ...dropOwn(frame.rest),
  }));
}

function linksAt(sheet: Sheet, side: "from" | "to", node: string, slot: string): Link[] {
  const links = side === "to" ? linksInto(sheet, node) : linksFrom(sheet, node);
  return ordered(links.filter((link) => link[side].slot === slot));
}

/** File order where rows have one, else by number. */
function ordered<Row extends { readonly id: string; readonly at?: number }>(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => (a.at ?? Number(a.id)) - (b.at ?? Number(b.id)));
}

function numeric(id: string, isText = false): Json {
  return !isText && /^-?\d{1,15}$/.test(id) ? Number(id) : id;
}

function largest(ids: readonly string[]): number {
  return ids.reduce((found, id) => (/^\d{1,15}$/.test(id) ? Math.max(found, Number(id)) : found), 0);
}

/** Without the notes that reading a file left for writing it. */
function dropOwn(rest: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(rest).filter(([name]) => !name.startsWith("easel:")));
}
