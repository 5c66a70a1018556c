/** Commands on links, and the rules of what may be linked. */
import type { Catalog } from "../catalog.ts";
import type { End, Link, LinkId, NodeId, Point, Sheet, SheetId } from "../document.ts";
import { freshId, linkInto, linksFrom, linksInto, sheetOf } from "../document.ts";
import type { Edit } from "../edit.ts";
import { NEW_SLOT, givers, grownSlot, slotType, takers } from "../slots.ts";
import { fits, isAny } from "../sockets.ts";
import { addBoundarySlot, promoteWidget } from "./subgraphs.ts";

/** Whether the two ends may be linked: their types fit, and no circle comes of it. */
export function mayLink(sheet: Sheet, catalog: Catalog, from: End, to: End): boolean {
  const given = slotType(sheet, catalog, "out", from.node, from.slot);
  const taken = slotType(sheet, catalog, "in", to.node, to.slot);
  return given !== undefined && taken !== undefined && fits(given, taken) && !leadsTo(sheet, to.node, from.node);
}

/** Whether one can follow links from one node to the other (or they are the same). */
export function leadsTo(sheet: Sheet, start: NodeId, goal: NodeId): boolean {
  const seen = new Set<NodeId>();
  const waiting = [start];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (at === goal) return true;
    if (seen.has(at)) continue;
    seen.add(at);
    waiting.push(...linksFrom(sheet, at).map(({ to }) => to.node));
  }
  return false;
}

/** Link two ends; a link that was in the input makes way. Returns the link's id, or null if they may not be linked. */
export function addLink(edit: Edit, sheetId: SheetId, from: End, to: End, catalog: Catalog): LinkId | null {
  const sheet = sheetOf(edit.document, sheetId);
  if (!mayLink(sheet, catalog, from, to)) return null;
  if (from.slot === NEW_SLOT && to.slot === NEW_SLOT) return null;
  if (from.slot === NEW_SLOT || to.slot === NEW_SLOT) return linkAtEdge(edit, sheetId, from, to, catalog);
  const given = slotType(sheet, catalog, "out", from.node, from.slot)!;
  const type = isAny(given) ? slotType(sheet, catalog, "in", to.node, to.slot)! : given;
  dropLinks(edit, sheetId, (link) => link.to.node === to.node && link.to.slot === to.slot);
  const id = freshId(sheet.links);
  const target = sheet.nodes[to.node];
  const grown = target && grownSlot(target, catalog, to.slot);
  if (grown) edit.set(["sheets", sheetId, "nodes", to.node, "inputs"], [...target.inputs, grown]);
  edit.set(["sheets", sheetId, "links", id], { id, from, to, type, rest: {} } satisfies Link);
  return id;
}

/** Link with the edge of a subgraph, which gets a new input or output for it. */
function linkAtEdge(edit: Edit, sheetId: SheetId, from: End, to: End, catalog: Catalog): LinkId | null {
  const sheet = sheetOf(edit.document, sheetId);
  if (to.slot === NEW_SLOT) {
    const type = slotType(sheet, catalog, "out", from.node, from.slot)!;
    return addLink(edit, sheetId, from, { node: to.node, slot: addBoundarySlot(edit, sheetId, "outputs", from.slot, type) }, catalog);
  }
  if (sheet.nodes[to.node] && catalog.get(sheet.nodes[to.node]!.type)?.inputs.some(({ name, widget }) => name === to.slot && widget)) {
    dropLinks(edit, sheetId, (link) => link.to.node === to.node && link.to.slot === to.slot);
    promoteWidget(edit, sheetId, to.node, to.slot, catalog);
    return linkInto(sheetOf(edit.document, sheetId), to.node, to.slot)?.id ?? null;
  }
  const type = slotType(sheet, catalog, "in", to.node, to.slot)!;
  return addLink(edit, sheetId, { node: from.node, slot: addBoundarySlot(edit, sheetId, "inputs", to.slot, type) }, to, catalog);
}

export function dropLinks(edit: Edit, sheet: SheetId, isDropped: (link: Link) => boolean): void {
  for (const link of Object.values(sheetOf(edit.document, sheet).links))
    if (isDropped(link)) edit.remove(["sheets", sheet, "links", link.id]);
  dropLooseReroutes(edit, sheet);
}

/** Reroutes that no link passes any more go with the last link. */
function dropLooseReroutes(edit: Edit, sheetId: SheetId): void {
  const { links, reroutes } = sheetOf(edit.document, sheetId);
  if (Object.keys(reroutes).length === 0) return;
  const used = new Set<string>();
  for (const link of Object.values(links))
    for (let at = link.reroute; at !== undefined && !used.has(at); at = reroutes[at]?.parent) used.add(at);
  for (const reroute of Object.values(reroutes))
    if (!used.has(reroute.id) && reroute.rest.floating === undefined) edit.remove(["sheets", sheetId, "reroutes", reroute.id]);
}

/** The first input of a node that takes what an output gives, free ones first; undefined if none does. */
export function firstFitting(sheet: Sheet, catalog: Catalog, from: End, node: NodeId): End | undefined {
  const fitting = takers(sheet, catalog, node).filter(({ key }) => key !== NEW_SLOT).map(({ key }) => ({ node, slot: key })).filter((to) => mayLink(sheet, catalog, from, to));
  const exact = fitting.filter((to) => slotType(sheet, catalog, "in", node, to.slot) === slotType(sheet, catalog, "out", from.node, from.slot));
  const isFree = (to: End): boolean => linkInto(sheet, node, to.slot) === undefined;
  return exact.find(isFree) ?? fitting.find(isFree) ?? exact[0] ?? fitting[0];
}

/** The first output of a node that an input takes. */
export function firstGiving(sheet: Sheet, catalog: Catalog, to: End, node: NodeId): End | undefined {
  const ends = givers(sheet, node).filter(({ key }) => key !== NEW_SLOT).map(({ key }) => ({ node, slot: key }));
  return ends.find((from) => mayLink(sheet, catalog, from, to));
}

/** Put a node into a link: what the link carried now goes through the node. False, and nothing done, if it does not fit. */
export function insertIntoLink(edit: Edit, sheetId: SheetId, linkId: LinkId, node: NodeId, catalog: Catalog): boolean {
  const sheet = sheetOf(edit.document, sheetId);
  const link = sheet.links[linkId];
  if (!link || link.from.node === node || link.to.node === node) return false;
  const into = firstFitting(sheet, catalog, link.from, node);
  const outOf = firstGiving(sheet, catalog, link.to, node);
  if (!into || !outOf) return false;
  edit.remove(["sheets", sheetId, "links", linkId]);
  return addLink(edit, sheetId, link.from, into, catalog) !== null && addLink(edit, sheetId, outOf, link.to, catalog) !== null;
}

const ROOM = 60;

/** Push what a node feeds to the right where it would lie under the node, with everything further on. */
export function makeRoom(edit: Edit, sheetId: SheetId, id: NodeId, width: number): void {
  const sheet = sheetOf(edit.document, sheetId);
  const node = sheet.nodes[id];
  if (!node) return;
  const fed = linksFrom(sheet, id).flatMap(({ to }) => sheet.nodes[to.node] ?? []);
  const wanted = node.pos[0] + width + ROOM;
  const push = wanted - Math.min(...fed.map(({ pos }) => pos[0]));
  if (fed.length === 0 || push <= 0) return;
  for (const other of Object.values(sheet.nodes))
    if (other.id !== id && !other.isPinned && leadsTo(sheet, id, other.id)) edit.set(["sheets", sheetId, "nodes", other.id, "pos"], [other.pos[0] + push, other.pos[1]]);
}

/** Link what feeds a node with what it feeds, by type, as bypassing it would. */
export function healAround(edit: Edit, sheetId: SheetId, id: NodeId, catalog: Catalog): void {
  const sheet = sheetOf(edit.document, sheetId);
  const feeding = linksInto(sheet, id);
  for (const link of linksFrom(sheet, id)) {
    const source = feeding.find(({ from }) => fitsInto(sheet, catalog, from, link.to));
    if (source) {
      edit.remove(["sheets", sheetId, "links", link.id]);
      edit.set(["sheets", sheetId, "links", link.id], { ...link, from: source.from, type: source.type });
    }
  }
}

function fitsInto(sheet: Sheet, catalog: Catalog, from: End, to: End): boolean {
  const given = slotType(sheet, catalog, "out", from.node, from.slot);
  const taken = slotType(sheet, catalog, "in", to.node, to.slot);
  return given !== undefined && taken !== undefined && fits(given, taken);
}

/** Add a reroute to a link, between the reroute `after` (nearer to the target) and what lies behind it. */
export function addReroute(edit: Edit, sheetId: SheetId, linkId: LinkId, pos: Point, after?: string): string | null {
  const sheet = sheetOf(edit.document, sheetId);
  const link = sheet.links[linkId];
  if (!link) return null;
  const id = freshId(sheet.reroutes);
  const parent = after === undefined ? link.reroute : sheet.reroutes[after]?.parent;
  edit.set(["sheets", sheetId, "reroutes", id], { id, pos, ...(parent !== undefined ? { parent } : {}), rest: {} });
  if (after === undefined) edit.set(["sheets", sheetId, "links", linkId, "reroute"], id);
  else edit.set(["sheets", sheetId, "reroutes", after, "parent"], id);
  return id;
}

/** The reroutes of a link from source to target. */
export function reroutesOf(sheet: Sheet, link: Link): string[] {
  const found: string[] = [];
  for (let at = link.reroute; at !== undefined && sheet.reroutes[at] && !found.includes(at); at = sheet.reroutes[at]!.parent) found.unshift(at);
  return found;
}
