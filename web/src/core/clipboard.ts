/** What is copied: nodes with the links between them and into them, frames, and the subgraphs they are instances of. */
import type { Catalog } from "./catalog.ts";
import { addLink } from "./commands/links.ts";
import { nextAt } from "./commands/nodes.ts";
import type { Document, Frame, Link, Node, Point, Reroute, Sheet, SheetId } from "./document.ts";
import { ROOT, freshId, sheetOf } from "./document.ts";
import type { Edit } from "./edit.ts";
import { isObject } from "./json.ts";
import { splitId } from "./session.ts";

export interface Clip {
  readonly easel: 1;
  readonly nodes: readonly Node[];
  /** Links between the nodes. */
  readonly links: readonly Link[];
  /** Links into the nodes from others; pasting can keep them. */
  readonly incoming: readonly Link[];
  readonly reroutes: readonly Reroute[];
  readonly frames: readonly Frame[];
  readonly definitions: readonly Sheet[];
}

export function copyFrom(document: Document, sheetId: SheetId, selection: Iterable<string>): Clip {
  const sheet = sheetOf(document, sheetId);
  const parts = [...selection].map(splitId);
  const ids = new Set(parts.filter(([kind]) => kind === "node").map(([, id]) => id));
  const nodes = Object.values(sheet.nodes).filter(({ id }) => ids.has(id));
  const links = Object.values(sheet.links).filter(({ from, to }) => ids.has(from.node) && ids.has(to.node));
  const incoming = Object.values(sheet.links).filter(({ from, to }) => !ids.has(from.node) && ids.has(to.node));
  const used = new Set<string>();
  for (const link of links) for (let at = link.reroute; at !== undefined && !used.has(at); at = sheet.reroutes[at]?.parent) used.add(at);
  const definitions = usedDefinitions(document, nodes);
  return {
    easel: 1, nodes, links, incoming,
    reroutes: Object.values(sheet.reroutes).filter(({ id }) => used.has(id)),
    frames: parts.flatMap(([kind, id]) => (kind === "frame" && sheet.frames[id] ? [sheet.frames[id]] : [])),
    definitions,
  };
}

/** The definitions that nodes need, with those inside them. */
export function usedDefinitions(document: Document, nodes: Iterable<Node>): Sheet[] {
  const found = new Map<string, Sheet>();
  const waiting = [...nodes].map(({ type }) => type);
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const sheet = id === ROOT ? undefined : document.sheets[id];
    if (!sheet || found.has(id)) continue;
    found.set(id, sheet);
    waiting.push(...Object.values(sheet.nodes).map(({ type }) => type));
  }
  return [...found.values()];
}

/** A clip from text, or null if the text is something else. */
export function readClip(text: string): Clip | null {
  try {
    const found: unknown = JSON.parse(text);
    const isClip = isObject(found) && found.easel === 1 && Array.isArray(found.nodes) && Array.isArray(found.links);
    return isClip ? (found as unknown as Clip) : null;
  } catch {
    return null;
  }
}

/** Put a clip onto a sheet with its upper left corner at `at`. Returns the ids of what was made, for selection. */
export function paste(edit: Edit, sheetId: SheetId, clip: Clip, at: Point, catalog: Catalog, keepLinks = false): string[] {
  for (const definition of clip.definitions)
    if (!edit.document.sheets[definition.id]) edit.set(["sheets", definition.id], definition);
  const [left, top] = corner([...clip.nodes, ...clip.frames]);
  const moved = ([x, y]: Point): Point => [Math.round(x - left + at[0]), Math.round(y - top + at[1])];
  const isAllowed = (node: Node): boolean => !usedDefinitions(edit.document, [node]).some(({ id }) => id === sheetId);
  const names = new Map<string, string>();
  for (const node of clip.nodes.filter(isAllowed)) {
    const sheet = sheetOf(edit.document, sheetId);
    const id = freshId(sheet.nodes);
    names.set(node.id, id);
    edit.set(["sheets", sheetId, "nodes", id], { ...node, id, at: nextAt(sheet), pos: moved(node.pos) });
  }
  const bends = new Map<string, string>();
  for (const reroute of clip.reroutes) {
    const id = freshId(sheetOf(edit.document, sheetId).reroutes);
    bends.set(reroute.id, id);
    edit.set(["sheets", sheetId, "reroutes", id], { ...reroute, id, pos: moved(reroute.pos) });
  }
  for (const { id, parent } of clip.reroutes)
    if (parent !== undefined) edit.set(["sheets", sheetId, "reroutes", bends.get(id)!, "parent"], bends.get(parent));
  for (const link of clip.links) {
    const [from, to] = [names.get(link.from.node), names.get(link.to.node)];
    if (from === undefined || to === undefined) continue;
    const id = freshId(sheetOf(edit.document, sheetId).links);
    const { reroute: old, ...rest } = link;
    const reroute = old === undefined ? undefined : bends.get(old);
    const made: Link = { ...rest, id, from: { ...link.from, node: from }, to: { ...link.to, node: to }, ...(reroute !== undefined ? { reroute } : {}) };
    edit.set(["sheets", sheetId, "links", id], made);
  }
  for (const link of keepLinks ? clip.incoming : []) {
    const to = names.get(link.to.node);
    if (to !== undefined && sheetOf(edit.document, sheetId).nodes[link.from.node]) addLink(edit, sheetId, link.from, { ...link.to, node: to }, catalog);
  }
  const frames = clip.frames.map((frame) => {
    const { frames: there } = sheetOf(edit.document, sheetId);
    const id = freshId(there);
    const place = 1 + Math.max(-1, ...Object.values(there).map((other) => other.at));
    edit.set(["sheets", sheetId, "frames", id], { ...frame, id, at: place, pos: moved(frame.pos) });
    return `frame:${id}`;
  });
  return [...names.values(), ...frames];
}

function corner(things: readonly { readonly pos: Point }[]): Point {
  return [Math.min(...things.map(({ pos }) => pos[0])), Math.min(...things.map(({ pos }) => pos[1]))];
}
