/** The sheet seen from afar: boxes and links drawn on one plain canvas, whatever their number. */
import type { Catalog } from "../core/catalog.ts";
import type { Document, Node, Point, Sheet } from "../core/document.ts";
import { BYPASSED, MUTED } from "../core/document.ts";
import { reroutesOf } from "../core/commands/links.ts";
import type { Settings } from "../core/settings.ts";
import { titleOf } from "../core/slots.ts";
import { socketColor } from "./colors.ts";
import { estimate } from "./estimate.ts";
import { handleName } from "./handles.ts";
import { linkPath } from "./paths.ts";

export interface OverviewLook {
  readonly page: string;
  readonly card: string;
  readonly head: string;
  readonly line: string;
  readonly text: string;
  readonly accent: string;
  readonly bad: string;
  readonly good: string;
  readonly font: string;
}

export interface OverviewScene {
  readonly document: Document;
  readonly sheet: Sheet;
  readonly catalog: Catalog;
  readonly selection: ReadonlySet<string>;
  readonly shape: Settings["linkShape"];
  /** How far what is dragged has come, in the sheet's units. */
  readonly shift: Point;
  /** Sizes as they were seen, by node; others are guessed. */
  size(id: string): Point | null;
  /** The state of a node in the newest run. */
  run(id: string): string;
}

/** A drawing that is moved reaches this far beyond what is seen, in CSS pixels, so that it need not be drawn again at once. */
export const OVERVIEW_MARGIN = 256;
const HEAD = 31;
const TITLE_PX = 9;

export function boxOf(node: Node, { document, catalog, size, selection, shift }: OverviewScene): { pos: Point; size: Point } {
  const guess = estimate(node, document, catalog);
  const [dx, dy] = selection.has(node.id) && !node.isPinned ? shift : [0, 0];
  return { pos: [node.pos[0] + dx, node.pos[1] + dy], size: size(node.id) ?? [guess.width, guess.height] };
}

/** The topmost node under a place of the sheet. */
export function nodeAt(scene: OverviewScene, [x, y]: Point): string | null {
  const nodes = Object.values(scene.sheet.nodes).sort((a, b) => b.at - a.at);
  const hit = nodes.find((node) => {
    const { pos, size } = boxOf(node, scene);
    return x >= pos[0] && y >= pos[1] && x <= pos[0] + size[0] && y <= pos[1] + size[1];
  });
  return hit?.id ?? null;
}

/** The links as one path for each colour; they only change with the sheet. */
export function linkPaths(scene: OverviewScene): Map<string, Path2D> {
  const paths = new Map<string, Path2D>();
  for (const link of Object.values(scene.sheet.links)) {
    const from = socketAt(scene, link.from.node, handleName("out", link.from.slot));
    const to = socketAt(scene, link.to.node, handleName("in", link.to.slot));
    if (!from || !to) continue;
    const bends = link.reroute === undefined ? [] : reroutesOf(scene.sheet, link).map((id) => scene.sheet.reroutes[id]!.pos);
    const color = socketColor(link.type);
    const path = paths.get(color) ?? new Path2D();
    path.addPath(new Path2D(linkPath([from, ...bends, to], scene.shape)));
    paths.set(color, path);
  }
  return paths;
}

function socketAt(scene: OverviewScene, id: string, handle: string): Point | null {
  const node = scene.sheet.nodes[id];
  if (!node) return null;
  const { pos } = boxOf(node, scene);
  const found = estimate(node, scene.document, scene.catalog).handles.find((candidate) => candidate.id === handle);
  return found ? [pos[0] + found.x + 5, pos[1] + found.y + 5] : pos;
}

/** `reach`: by how many CSS pixels the drawing is larger than what is seen, at each side. */
export function drawOverview(context: CanvasRenderingContext2D, scene: OverviewScene, links: Map<string, Path2D>, view: readonly [number, number, number], look: OverviewLook, reach: number): void {
  const { canvas } = context;
  const [x, y, zoom] = [view[0] + reach, view[1] + reach, view[2]];
  const ratio = canvas.width / canvas.clientWidth;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = look.page;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.setTransform(zoom * ratio, 0, 0, zoom * ratio, x * ratio, y * ratio);
  const [left, top] = [-x / zoom, -y / zoom];
  const [right, bottom] = [left + canvas.clientWidth / zoom, top + canvas.clientHeight / zoom];
  for (const frame of Object.values(scene.sheet.frames)) {
    context.fillStyle = `color-mix(in srgb, ${frame.color ?? look.accent} 15%, transparent)`;
    context.fillRect(...frame.pos, ...frame.size);
  }
  context.lineWidth = Math.max(2, 1.2 / zoom);
  context.globalAlpha = 0.8;
  for (const [color, path] of links) {
    context.strokeStyle = color;
    context.stroke(path);
  }
  context.globalAlpha = 1;
  const titlePx = TITLE_PX / zoom;
  const hasTitles = zoom > 0.12;
  context.font = `600 ${titlePx}px ${look.font}`;
  context.textBaseline = "middle";
  for (const node of Object.values(scene.sheet.nodes).sort((a, b) => a.at - b.at)) {
    const { pos, size } = boxOf(node, scene);
    if (pos[0] > right || pos[1] > bottom || pos[0] + size[0] < left || pos[1] + size[1] < top) continue;
    drawBox(context, scene, node, pos, size, zoom, look, hasTitles ? titlePx : 0);
  }
}

function drawBox(context: CanvasRenderingContext2D, scene: OverviewScene, node: Node, pos: Point, size: Point, zoom: number, look: OverviewLook, titlePx: number): void {
  const state = scene.run(node.id);
  context.globalAlpha = node.mode === MUTED ? 0.45 : node.mode === BYPASSED ? 0.7 : 1;
  context.fillStyle = node.bgcolor ?? look.card;
  context.fillRect(...pos, ...size);
  context.fillStyle = node.color ?? look.head;
  context.fillRect(pos[0], pos[1], size[0], Math.min(HEAD, size[1]));
  context.strokeStyle = state === "failed" ? look.bad : state === "running" ? look.good : scene.selection.has(node.id) ? look.accent : look.line;
  context.lineWidth = (scene.selection.has(node.id) || state === "running" || state === "failed" ? 2.5 : 1) / zoom;
  context.strokeRect(...pos, ...size);
  if (titlePx && size[0] > titlePx * 3) {
    const title = titleOf(node, scene.document, scene.catalog);
    const room = Math.floor(size[0] / (titlePx * 0.58)) - 1;
    context.fillStyle = node.color ? "#eceef3" : look.text;
    context.fillText(title.length > room ? `${title.slice(0, Math.max(1, room - 1))}…` : title, pos[0] + titlePx / 2, pos[1] + Math.max(HEAD / 2, titlePx * 0.7));
  }
  context.globalAlpha = 1;
}
