/**
 * A workflow as the editor holds it.
 *
 * Sheets are flat: the root sheet and one for each subgraph definition, whose instances are nodes that have the sheet's
 * id as their type. Links address slots by key, never by index: the name of the slot, made unique where a node has two
 * slots of one name. `rest` carries every field of a file that the editor does not use, so that saving loses nothing.
 */
import type { Json, JsonObject } from "./json.ts";

export type NodeId = string;
export type LinkId = string;
export type SheetId = string;
export type Point = readonly [x: number, y: number];

export const ROOT: SheetId = "root";
/** The nodes that stand for a subgraph's own inputs and outputs inside its sheet. */
export const INPUT_NODE: NodeId = "-10";
export const OUTPUT_NODE: NodeId = "-20";

export const ALWAYS = 0;
export const MUTED = 2;
export const BYPASSED = 4;

export interface Slot {
  readonly key: string;
  readonly name: string;
  readonly type: string;
  readonly label?: string;
  readonly rest: JsonObject;
}

export interface Node {
  readonly id: NodeId;
  readonly type: string;
  /** Place in the file's list, which is also the order of drawing. */
  readonly at: number;
  readonly title?: string;
  readonly pos: Point;
  readonly size: Point;
  readonly mode: number;
  readonly isCollapsed: boolean;
  readonly isPinned: boolean;
  readonly color?: string;
  readonly bgcolor?: string;
  readonly inputs: readonly Slot[];
  readonly outputs: readonly Slot[];
  /** Widget values by name; `seed:control` is the control after generate of `seed`. */
  readonly values: { readonly [name: string]: Json };
  readonly properties: JsonObject;
  readonly rest: JsonObject;
}

export interface End {
  readonly node: NodeId;
  readonly slot: string;
}

export interface Link {
  readonly id: LinkId;
  readonly from: End;
  readonly to: End;
  readonly type: string;
  /** The reroute nearest to the target; its `parent` leads on towards the source. */
  readonly reroute?: string;
  readonly rest: JsonObject;
}

export interface Reroute {
  readonly id: string;
  readonly pos: Point;
  readonly parent?: string;
  readonly rest: JsonObject;
}

export interface Frame {
  readonly id: string;
  readonly at: number;
  readonly title: string;
  readonly pos: Point;
  readonly size: Point;
  readonly color?: string;
  readonly rest: JsonObject;
}

export interface Table<Row> {
  readonly [id: string]: Row;
}

export interface Sheet {
  readonly id: SheetId;
  readonly name: string;
  readonly nodes: Table<Node>;
  readonly links: Table<Link>;
  readonly reroutes: Table<Reroute>;
  readonly frames: Table<Frame>;
  /** A definition's own inputs and outputs; empty for the root. */
  readonly inputs: readonly Slot[];
  readonly outputs: readonly Slot[];
  readonly inputPos: Point;
  readonly outputPos: Point;
  readonly rest: JsonObject;
}

export interface Document {
  readonly id: string;
  readonly sheets: Table<Sheet>;
  readonly rest: JsonObject;
}

export function emptySheet(id: SheetId, name = ""): Sheet {
  return {
    id, name, nodes: {}, links: {}, reroutes: {}, frames: {},
    inputs: [], outputs: [], inputPos: [0, 0], outputPos: [800, 0], rest: {},
  };
}

export function emptyDocument(id: string): Document {
  return { id, sheets: { [ROOT]: emptySheet(ROOT) }, rest: {} };
}

/** A sheet of the document. Throws when there is none: ids of sheets only come from the document itself. */
export function sheetOf(document: Document, id: SheetId): Sheet {
  const sheet = document.sheets[id];
  if (!sheet) throw new Error(`The document has no sheet '${id}'.`);
  return sheet;
}

/** Whether the node is an instance of a subgraph of this document. */
export function isInstance(document: Document, node: Node): boolean {
  return node.type !== ROOT && node.type in document.sheets;
}

/** The link that feeds an input, if one does. */
export function linkInto(sheet: Sheet, node: NodeId, slot: string): Link | undefined {
  return indexLinks(sheet.links).into.get(node)?.find((link) => link.to.slot === slot);
}

/** The links that end at a node's inputs. */
export function linksInto(sheet: Sheet, node: NodeId): readonly Link[] {
  return indexLinks(sheet.links).into.get(node) ?? [];
}

/** The node and all that it needs, by following links back. */
export function upstreamOf(sheet: Sheet, node: NodeId): Set<NodeId> {
  const found = new Set<NodeId>();
  const waiting = [node];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (found.has(at)) continue;
    found.add(at);
    waiting.push(...linksInto(sheet, at).map(({ from }) => from.node));
  }
  return found;
}

/** The links that start at a node, or at one of its outputs. */
export function linksFrom(sheet: Sheet, node: NodeId, slot?: string): readonly Link[] {
  const links = indexLinks(sheet.links).from.get(node) ?? [];
  return slot === undefined ? links : links.filter((link) => link.from.slot === slot);
}

interface LinkIndex {
  readonly into: ReadonlyMap<NodeId, readonly Link[]>;
  readonly from: ReadonlyMap<NodeId, readonly Link[]>;
}

const indexes = new WeakMap<Table<Link>, LinkIndex>();

/** The links of a table by their ends. Tables never change, so each is gone through once. */
function indexLinks(links: Table<Link>): LinkIndex {
  const found = indexes.get(links);
  if (found) return found;
  const [into, from] = [new Map<NodeId, Link[]>(), new Map<NodeId, Link[]>()];
  const put = (map: Map<NodeId, Link[]>, node: NodeId, link: Link): void => {
    const list = map.get(node);
    if (list) list.push(link);
    else map.set(node, [link]);
  };
  for (const link of Object.values(links)) {
    put(into, link.to.node, link);
    put(from, link.from.node, link);
  }
  const made = { into, from };
  indexes.set(links, made);
  return made;
}

/** Slots of one name get keys of their own: `IMAGE`, `IMAGE#2`. */
export function withKeys(slots: readonly Omit<Slot, "key">[]): Slot[] {
  const seen = new Map<string, number>();
  return slots.map((slot) => {
    const count = (seen.get(slot.name) ?? 0) + 1;
    seen.set(slot.name, count);
    return { ...slot, key: count === 1 ? slot.name : `${slot.name}#${count}` };
  });
}

/** An id that no row has: one above the largest number in use. */
export function freshId(...tables: readonly Table<unknown>[]): string {
  let largest = 0;
  for (const table of tables)
    for (const id of Object.keys(table)) if (/^\d{1,15}$/.test(id)) largest = Math.max(largest, Number(id));
  return String(largest + 1);
}
