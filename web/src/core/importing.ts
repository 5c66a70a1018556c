/** The field's workflow files (0.4 and 1) as a document. Nothing that a file holds is dropped. */
import type { Catalog } from "./catalog.ts";
import type { Document, Frame, Link, Node, Point, Reroute, Sheet, Slot, Table } from "./document.ts";
import { INPUT_NODE, OUTPUT_NODE, ROOT, withKeys } from "./document.ts";
import type { Json, JsonObject } from "./json.ts";
import { isObject, without } from "./json.ts";
import { placesOfNode, readValues } from "./values.ts";

/** The file is no workflow; the message says what was found. */
export class NotAWorkflow extends Error {}

const ROOT_FIELDS = ["id", "nodes", "links", "groups", "reroutes"];
const SHEET_FIELDS = [...ROOT_FIELDS, "name", "inputs", "outputs", "inputNode", "outputNode"];
const NODE_FIELDS = [
  "id", "type", "pos", "size", "mode", "flags", "inputs", "outputs", "title", "color", "bgcolor", "properties", "widgets_values",
];

export function importWorkflow(file: unknown, catalog: Catalog, fallbackId: string): Document {
  if (!isObject(file) || !Array.isArray(file.nodes))
    throw new NotAWorkflow("This is not a workflow: it has no list of nodes.");
  const definitions = collectDefinitions(file);
  const ids = new Set(definitions.map((definition) => String(definition.id)));
  const sheets: Record<string, Sheet> = { [ROOT]: readSheet(file, ROOT, catalog, ids) };
  for (const definition of definitions) sheets[String(definition.id)] = readSheet(definition, String(definition.id), catalog, ids);
  return { id: typeof file.id === "string" ? file.id : fallbackId, sheets, rest: rootRest(file) };
}

function rootRest(file: JsonObject): JsonObject {
  const rest: Record<string, Json> = { ...without(file, [...ROOT_FIELDS, "definitions"]) };
  if (isObject(file.definitions)) rest.definitions = without(file.definitions, ["subgraphs"]);
  if (typeof file.id === "string") rest["easel:hasId"] = true;
  if (file.groups === undefined) rest["easel:noGroups"] = true;
  return rest;
}

/** All definitions, also those that a file nests in one another. */
function collectDefinitions(holder: JsonObject): JsonObject[] {
  const list = isObject(holder.definitions) ? holder.definitions.subgraphs : undefined;
  if (!Array.isArray(list)) return [];
  return list.filter(isObject).flatMap((definition) => [definition, ...collectDefinitions(definition)]);
}

function readSheet(file: JsonObject, id: string, catalog: Catalog, definitions: Set<string>): Sheet {
  const nodes: Record<string, Node> = {};
  const filed = new Map<string, { inputs: Slot[]; outputs: Slot[] }>();
  (file.nodes as Json[]).filter(isObject).forEach((raw, at) => {
    const node = readNode(raw, at, catalog, definitions);
    nodes[node.id] = node;
    filed.set(node.id, { inputs: [...node.inputs], outputs: [...node.outputs] });
  });
  const isRoot = id === ROOT;
  const inputs = isRoot ? [] : readSlots(file.inputs);
  const outputs = isRoot ? [] : readSlots(file.outputs);
  const keyOf = (side: "inputs" | "outputs", node: string, index: number): string | undefined => {
    if (node === INPUT_NODE) return inputs[index]?.key;
    if (node === OUTPUT_NODE) return outputs[index]?.key;
    return filed.get(node)?.[side][index]?.key;
  };
  const { links, lost } = readLinks(file, keyOf);
  const rest: Record<string, Json> = { ...without(file, isRoot ? Object.keys(file) : SHEET_FIELDS) };
  if (lost.length) rest["easel:lostLinks"] = lost;
  if (isObject(file.inputNode)) rest.inputNode = file.inputNode;
  if (isObject(file.outputNode)) rest.outputNode = file.outputNode;
  return {
    id, name: typeof file.name === "string" ? file.name : "", nodes, links,
    reroutes: readReroutes(file), frames: readFrames(file.groups), inputs, outputs,
    inputPos: boundaryPos(file.inputNode, [-200, 0]), outputPos: boundaryPos(file.outputNode, [900, 0]), rest,
  };
}

function readNode(raw: JsonObject, at: number, catalog: Catalog, definitions: Set<string>): Node {
  const type = String(raw.type ?? "");
  const flags = isObject(raw.flags) ? raw.flags : {};
  const properties = isObject(raw.properties) ? raw.properties : {};
  const places = placesOfNode(type, properties, catalog, definitions.has(type), raw.widgets_values);
  const { values, kept } = readValues(raw.widgets_values, places, catalog.get(type));
  const rest: Record<string, Json> = { ...without(raw, NODE_FIELDS) };
  if (Object.keys(kept).length) rest["easel:values"] = kept;
  if (raw.widgets_values === undefined) rest["easel:noValues"] = true;
  const otherFlags = without(flags, ["collapsed", "pinned"].filter((name) => flags[name] === true));
  if (Object.keys(otherFlags).length) rest["easel:flags"] = otherFlags;
  if (typeof raw.id === "string") rest["easel:textId"] = true;
  const absent = ["flags", "properties", "inputs", "outputs", "mode", "size"].filter((name) => raw[name] === undefined);
  if (absent.length) rest["easel:absent"] = absent;
  const known = catalog.get(type);
  return {
    id: String(raw.id), type, at,
    ...(typeof raw.title === "string" ? { title: raw.title } : {}),
    pos: readPoint(raw.pos, [0, 0]), size: readPoint(raw.size, [280, 100]),
    mode: typeof raw.mode === "number" ? raw.mode : 0,
    isCollapsed: flags.collapsed === true, isPinned: flags.pinned === true,
    ...(typeof raw.color === "string" ? { color: raw.color } : {}),
    ...(typeof raw.bgcolor === "string" ? { bgcolor: raw.bgcolor } : {}),
    inputs: readSlots(raw.inputs), outputs: raw.outputs === undefined && known ? typeOutputs(known.outputs) : readSlots(raw.outputs),
    values, properties, rest,
  };
}

export function typeOutputs(outputs: readonly { name: string; type: string }[]): Slot[] {
  return withKeys(outputs.map(({ name, type }) => ({ name, type, rest: {} })));
}

function readSlots(list: Json | undefined): Slot[] {
  if (!Array.isArray(list)) return [];
  return withKeys(
    list.filter(isObject).map((slot) => ({
      name: String(slot.name ?? ""),
      type: typeof slot.type === "string" ? slot.type : Array.isArray(slot.type) ? "COMBO" : String(slot.type ?? "*"),
      ...(typeof slot.label === "string" ? { label: slot.label } : {}),
      rest: {
        ...without(slot, ["name", "type", "link", "links", "linkIds", ...(typeof slot.label === "string" ? ["label"] : [])]),
        ...(typeof slot.type === "string" ? {} : { "easel:type": slot.type ?? null }),
        ...(slot.links === null ? { "easel:links": null } : {}),
        ...(slot.links === undefined && slot.link === undefined && slot.linkIds === undefined ? { "easel:bare": true } : {}),
      },
    })),
  );
}

type KeyOf = (side: "inputs" | "outputs", node: string, index: number) => string | undefined;

function readLinks(file: JsonObject, keyOf: KeyOf): { links: Table<Link>; lost: Json[] } {
  const parents = new Map<string, string>();
  const extra = isObject(file.extra) ? file.extra : {};
  for (const extension of Array.isArray(extra.linkExtensions) ? extra.linkExtensions : [])
    if (isObject(extension)) parents.set(String(extension.id), String(extension.parentId));
  const links: Record<string, Link> = {};
  const lost: Json[] = [];
  for (const raw of Array.isArray(file.links) ? file.links : []) {
    const fields = Array.isArray(raw) ? listFields(raw) : isObject(raw) ? raw : null;
    if (!fields) continue;
    const from = keyOf("outputs", String(fields.origin_id) === INPUT_NODE ? INPUT_NODE : String(fields.origin_id), Number(fields.origin_slot));
    const to = keyOf("inputs", String(fields.target_id), Number(fields.target_slot));
    if (from === undefined || to === undefined) {
      lost.push(raw);
      continue;
    }
    const id = String(fields.id);
    const reroute = fields.parentId !== undefined ? String(fields.parentId) : parents.get(id);
    links[id] = {
      id, from: { node: String(fields.origin_id), slot: from }, to: { node: String(fields.target_id), slot: to },
      type: typeof fields.type === "string" ? fields.type : "*",
      ...(reroute !== undefined ? { reroute } : {}),
      rest: {
        ...without(fields, ["id", "origin_id", "origin_slot", "target_id", "target_slot", "type", "parentId"]),
        ...(typeof fields.type === "string" ? {} : { "easel:type": fields.type ?? null }),
      },
    };
  }
  return { links, lost };
}

function listFields([id, origin_id, origin_slot, target_id, target_slot, type]: readonly Json[]): JsonObject {
  return { id: id!, origin_id: origin_id!, origin_slot: origin_slot!, target_id: target_id!, target_slot: target_slot!, type: type ?? null };
}

function readReroutes(file: JsonObject): Table<Reroute> {
  const extra = isObject(file.extra) ? file.extra : {};
  const list = Array.isArray(file.reroutes) ? file.reroutes : Array.isArray(extra.reroutes) ? extra.reroutes : [];
  return Object.fromEntries(
    list.filter(isObject).map((raw) => [
      String(raw.id),
      {
        id: String(raw.id), pos: readPoint(raw.pos, [0, 0]),
        ...(raw.parentId !== undefined && raw.parentId !== null ? { parent: String(raw.parentId) } : {}),
        rest: without(raw, ["id", "pos", "parentId", "linkIds"]),
      },
    ]),
  );
}

function readFrames(list: Json | undefined): Table<Frame> {
  if (!Array.isArray(list)) return {};
  return Object.fromEntries(
    list.filter(isObject).map((raw, at) => {
      const box = Array.isArray(raw.bounding) ? raw.bounding.map(Number) : [0, 0, 400, 300];
      const id = raw.id === undefined ? `f${at}` : String(raw.id);
      const frame: Frame = {
        id, at, title: String(raw.title ?? ""), pos: [box[0]!, box[1]!], size: [box[2]!, box[3]!],
        ...(typeof raw.color === "string" ? { color: raw.color } : {}),
        rest: { ...without(raw, ["id", "title", "bounding", "color"]), ...(raw.id === undefined ? { "easel:noId": true } : {}) },
      };
      return [id, frame];
    }),
  );
}

function readPoint(value: Json | undefined, fallback: Point): Point {
  const pair = Array.isArray(value) ? value : isObject(value) ? [value[0] ?? null, value[1] ?? null] : [];
  return typeof pair[0] === "number" && typeof pair[1] === "number" ? [pair[0], pair[1]] : fallback;
}

function boundaryPos(node: Json | undefined, fallback: Point): Point {
  const box = isObject(node) && Array.isArray(node.bounding) ? node.bounding : [];
  return readPoint(box.slice(0, 2), fallback);
}
