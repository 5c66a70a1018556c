/** Commands on nodes. Each takes the Edit and the id of the sheet it works on. */
import type { Catalog } from "../catalog.ts";
import type { Frame, Node, NodeId, Point, Sheet, SheetId } from "../document.ts";
import { ALWAYS, INPUT_NODE, OUTPUT_NODE, freshId, isInstance, sheetOf, withKeys } from "../document.ts";
import type { Edit } from "../edit.ts";
import { typeOutputs } from "../importing.ts";
import type { Json } from "../json.ts";
import { splitId } from "../session.ts";
import { freshInputs } from "../slots.ts";
import { placesOfNode } from "../values.ts";
import { dropLinks, healAround } from "./links.ts";

export const NODE_WIDTH = 300;

/** Node types without a class on the server; the editor itself knows what they do. */
export const VIRTUAL_TYPES = ["Reroute", "PrimitiveNode", "Note", "MarkdownNote"];

export function makeNode(edit: Edit, sheetId: SheetId, type: string, pos: Point, catalog: Catalog): Node {
  const sheet = sheetOf(edit.document, sheetId);
  const definition = edit.document.sheets[type];
  const known = catalog.get(type);
  const places = placesOfNode(type, {}, catalog, definition !== undefined) ?? [];
  const copySlots = (slots: readonly { name: string; type: string; label?: string }[]) =>
    withKeys(slots.map(({ name, type: t, label }) => ({ name, type: t, ...(label ? { label } : {}), rest: {} })));
  return {
    id: freshId(sheet.nodes), type, at: nextAt(sheet), pos, size: [NODE_WIDTH, 60], mode: ALWAYS,
    isCollapsed: false, isPinned: false,
    inputs: type === "Reroute" ? withKeys([{ name: "", type: "*", rest: {} }]) : definition ? copySlots(definition.inputs) : known ? freshInputs(known) : [],
    outputs: type === "Reroute" ? withKeys([{ name: "", type: "*", rest: {} }]) : definition ? copySlots(definition.outputs) : known ? typeOutputs(known.outputs) : [],
    values: Object.fromEntries(places.map((place) => [place.name, place.default])),
    properties: known ? { "Node name for S&R": type } : {}, rest: {},
  };
}

export function nextAt(sheet: Sheet): number {
  return 1 + Math.max(-1, ...Object.values(sheet.nodes).map((node) => node.at));
}

export function addNode(edit: Edit, sheet: SheetId, type: string, pos: Point, catalog: Catalog): NodeId {
  const node = makeNode(edit, sheet, type, pos, catalog);
  edit.set(["sheets", sheet, "nodes", node.id], node);
  return node.id;
}

function setField(edit: Edit, sheet: SheetId, ids: Iterable<NodeId>, field: keyof Node, value: unknown): void {
  for (const id of ids) if (sheetOf(edit.document, sheet).nodes[id]) edit.set(["sheets", sheet, "nodes", id, field], value);
}

/** Move what is selected: nodes, `frame:` and `reroute:` ids to their new places. Pinned nodes and frames stay. */
export function moveTo(edit: Edit, sheet: SheetId, places: ReadonlyMap<string, Point>): void {
  const { nodes, frames, reroutes } = sheetOf(edit.document, sheet);
  for (const [id, pos] of places) {
    const [kind, inner] = splitId(id);
    const rounded: Point = [Math.round(pos[0]), Math.round(pos[1])];
    if (kind === "frame" && frames[inner]) edit.set(["sheets", sheet, "frames", inner, "pos"], rounded);
    else if (kind === "reroute" && reroutes[inner]) edit.set(["sheets", sheet, "reroutes", inner, "pos"], rounded);
    else if (inner === INPUT_NODE) edit.set(["sheets", sheet, "inputPos"], rounded);
    else if (inner === OUTPUT_NODE) edit.set(["sheets", sheet, "outputPos"], rounded);
    else if (kind === "node" && nodes[inner] && !nodes[inner].isPinned) edit.set(["sheets", sheet, "nodes", inner, "pos"], rounded);
  }
}

export function resizeNode(edit: Edit, sheet: SheetId, id: NodeId, pos: Point, size: Point): void {
  setField(edit, sheet, [id], "pos", pos);
  setField(edit, sheet, [id], "size", size);
}

export function setValue(edit: Edit, sheet: SheetId, id: NodeId, name: string, value: Json): void {
  if (sheetOf(edit.document, sheet).nodes[id]) edit.set(["sheets", sheet, "nodes", id, "values", name], value);
}

export function renameNode(edit: Edit, sheet: SheetId, id: NodeId, title: string): void {
  setField(edit, sheet, [id], "title", title.trim() || undefined);
}

export function setMode(edit: Edit, sheet: SheetId, ids: Iterable<NodeId>, mode: number): void {
  setField(edit, sheet, ids, "mode", mode);
}

/** Give all the mode, or take it from all when all have it. */
export function toggleMode(edit: Edit, sheet: SheetId, ids: readonly NodeId[], mode: number): void {
  const nodes = sheetOf(edit.document, sheet).nodes;
  setMode(edit, sheet, ids, ids.every((id) => nodes[id]?.mode === mode) ? ALWAYS : mode);
}

export function toggleFlag(edit: Edit, sheet: SheetId, ids: readonly NodeId[], flag: "isCollapsed" | "isPinned"): void {
  const nodes = sheetOf(edit.document, sheet).nodes;
  setField(edit, sheet, ids, flag, !ids.every((id) => nodes[id]?.[flag]));
}

/** Colours of the title and of the body, as `#rrggbb`; undefined gives the theme's back. */
export function setColor(edit: Edit, sheet: SheetId, ids: Iterable<NodeId>, color?: string, bgcolor?: string): void {
  const list = [...ids];
  setField(edit, sheet, list, "color", color);
  setField(edit, sheet, list, "bgcolor", bgcolor);
}

/** Delete nodes, frames, reroutes and links. With `heal`, what fed a deleted node is linked to what it fed, where types fit. */
export function deleteAll(edit: Edit, sheet: SheetId, ids: Iterable<string>, catalog: Catalog, heal: boolean): void {
  const parts = [...ids].map(splitId);
  const nodes = parts.filter(([kind]) => kind === "node").map(([, id]) => id);
  if (heal) for (const id of nodes) healAround(edit, sheet, id, catalog);
  dropLinks(edit, sheet, (link) => nodes.includes(link.from.node) || nodes.includes(link.to.node));
  for (const id of nodes) edit.remove(["sheets", sheet, "nodes", id]);
  for (const [kind, id] of parts) {
    if (kind === "frame") edit.remove(["sheets", sheet, "frames", id]);
    if (kind === "link") edit.remove(["sheets", sheet, "links", id]);
    if (kind === "reroute") removeReroute(edit, sheet, id);
  }
}

/** Take a reroute out of its links; what lay behind it now leads to what lies before it. */
export function removeReroute(edit: Edit, sheet: SheetId, id: string): void {
  const { links, reroutes } = sheetOf(edit.document, sheet);
  const parent = reroutes[id]?.parent;
  for (const other of Object.values(reroutes)) if (other.parent === id) edit.set(["sheets", sheet, "reroutes", other.id, "parent"], parent);
  for (const link of Object.values(links)) if (link.reroute === id) edit.set(["sheets", sheet, "links", link.id, "reroute"], parent);
  edit.remove(["sheets", sheet, "reroutes", id]);
}

export function addFrame(edit: Edit, sheet: SheetId, title: string, pos: Point, size: Point): string {
  const frames = sheetOf(edit.document, sheet).frames;
  const at = 1 + Math.max(-1, ...Object.values(frames).map((frame) => frame.at));
  const frame: Frame = { id: freshId(frames), at, title, pos, size, rest: {} };
  edit.set(["sheets", sheet, "frames", frame.id], frame);
  return frame.id;
}

export function changeFrame(edit: Edit, sheet: SheetId, id: string, fields: Partial<Pick<Frame, "title" | "pos" | "size" | "color">>): void {
  if (!sheetOf(edit.document, sheet).frames[id]) return;
  for (const [name, value] of Object.entries(fields)) edit.set(["sheets", sheet, "frames", id, name], value);
}

export function definitionOf(edit: Edit, sheet: SheetId, id: NodeId): SheetId | undefined {
  const node = sheetOf(edit.document, sheet).nodes[id];
  return node && isInstance(edit.document, node) ? node.type : undefined;
}
