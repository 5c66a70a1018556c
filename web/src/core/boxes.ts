/** Boxes drawn on a canvas, in its pixels: how they move, grow and stay inside. */
import type { Json, JsonObject } from "./json.ts";
import { isObject } from "./json.ts";
import type { Point } from "./document.ts";

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Which edges a handle moves: -1 the left or upper one, 1 the right or lower one, 0 none. */
export type Handle = readonly [-1 | 0 | 1, -1 | 0 | 1];

export const HANDLES: readonly Handle[] = [[-1, -1], [0, -1], [1, -1], [1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0]];

/** The box between two corners, whichever way it was drawn. */
export function boxBetween([ax, ay]: Point, [bx, by]: Point, limits: Point): Box {
  const [left, right] = [Math.min(ax, bx), Math.max(ax, bx)].map((x) => Math.round(clamp(x, 0, limits[0]))) as [number, number];
  const [top, bottom] = [Math.min(ay, by), Math.max(ay, by)].map((y) => Math.round(clamp(y, 0, limits[1]))) as [number, number];
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** The box elsewhere, whole inside the limits. */
export function moveBox({ x, y, width, height }: Box, [dx, dy]: Point, [most, deepest]: Point): Box {
  return { x: Math.round(clamp(x + dx, 0, Math.max(0, most - width))), y: Math.round(clamp(y + dy, 0, Math.max(0, deepest - height))), width, height };
}

/** The box with the handle's edges moved; edges do not pass each other. */
export function resizeBox(box: Box, [across, down]: Handle, [dx, dy]: Point, limits: Point): Box {
  const [x, width] = resizeSide(box.x, box.width, across, dx, limits[0]);
  const [y, height] = resizeSide(box.y, box.height, down, dy, limits[1]);
  return { x, y, width, height };
}

function resizeSide(start: number, size: number, edge: -1 | 0 | 1, by: number, limit: number): [number, number] {
  if (edge === 0) return [start, size];
  if (edge === 1) return [start, Math.round(clamp(size + by, 1, Math.max(1, limit - start)))];
  const moved = Math.round(clamp(start + by, 0, start + size - 1));
  return [moved, start + size - moved];
}

/** What is to be in a box. kind: a thing, or written words. */
export interface LabelledBox extends Box {
  readonly kind: "obj" | "text";
  readonly text: string;
  readonly description: string;
  /** What came with the box and is not edited here goes back as it came. */
  readonly rest: JsonObject;
}

export function readBoxes(value: Json | undefined): LabelledBox[] {
  const list = Array.isArray(value) ? value : [];
  return list.filter(isObject).flatMap((item) => {
    const [x, y, width, height] = [item.x, item.y, item.width, item.height].map(Number) as [number, number, number, number];
    if (![x, y, width, height].every(Number.isFinite)) return [];
    const said = isObject(item.metadata) ? item.metadata : {};
    return [{ x, y, width, height, kind: said.type === "text" ? "text" : "obj", text: String(said.text ?? ""), description: String(said.desc ?? ""), rest: said } as const];
  });
}

export function writeBoxes(boxes: readonly LabelledBox[]): Json {
  return boxes.map(({ x, y, width, height, kind, text, description, rest }) => ({
    x, y, width, height, metadata: { palette: [], ...rest, type: kind, text, desc: description },
  }));
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
