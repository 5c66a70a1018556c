/** Where nodes go when they are aligned, distributed or arranged. Boxes are as seen: collapsed nodes are small. */
import type { Point, Sheet } from "./document.ts";

export interface Box {
  readonly id: string;
  readonly pos: Point;
  readonly size: Point;
}

export type Side = "left" | "right" | "top" | "bottom" | "middle" | "centre";

export function align(boxes: readonly Box[], side: Side): Map<string, Point> {
  const lefts = boxes.map(({ pos }) => pos[0]);
  const tops = boxes.map(({ pos }) => pos[1]);
  const rights = boxes.map(({ pos, size }) => pos[0] + size[0]);
  const bottoms = boxes.map(({ pos, size }) => pos[1] + size[1]);
  const middleX = (Math.min(...lefts) + Math.max(...rights)) / 2;
  const middleY = (Math.min(...tops) + Math.max(...bottoms)) / 2;
  return new Map(
    boxes.map(({ id, pos: [x, y], size: [width, height] }): [string, Point] => {
      if (side === "left") return [id, [Math.min(...lefts), y]];
      if (side === "right") return [id, [Math.max(...rights) - width, y]];
      if (side === "top") return [id, [x, Math.min(...tops)]];
      if (side === "bottom") return [id, [x, Math.max(...bottoms) - height]];
      return [id, side === "centre" ? [middleX - width / 2, y] : [x, middleY - height / 2]];
    }),
  );
}

/** Equal gaps between boxes; the outer two stay. */
export function distribute(boxes: readonly Box[], axis: 0 | 1): Map<string, Point> {
  if (boxes.length < 3) return new Map();
  const sorted = [...boxes].sort((a, b) => a.pos[axis] - b.pos[axis]);
  const [first, last] = [sorted[0]!, sorted.at(-1)!];
  const space = last.pos[axis] + last.size[axis] - first.pos[axis] - sorted.reduce((sum, { size }) => sum + size[axis], 0);
  const gap = space / (sorted.length - 1);
  let next = first.pos[axis];
  return new Map(
    sorted.map(({ id, pos, size }): [string, Point] => {
      const place: Point = axis === 0 ? [next, pos[1]] : [pos[0], next];
      next += size[axis] + gap;
      return [id, place];
    }),
  );
}

const GAP_X = 80;
const GAP_Y = 36;

/**
 * Columns from sources to results, each node one column before what it feeds; within a column in the order that crosses
 * fewest links (Sugiyama's way: means of the neighbours' places, swept a few times). The upper left corner stays.
 */
export function arrange(boxes: readonly Box[], sheet: Sheet): Map<string, Point> {
  if (boxes.length === 0) return new Map();
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const pairs = Object.values(sheet.links).map(({ from, to }) => [from.node, to.node] as const).filter(([a, b]) => byId.has(a) && byId.has(b) && a !== b);
  const columns = toColumns(boxes, pairs);
  for (let sweep = 0; sweep < 4; sweep += 1) {
    for (let i = 1; i < columns.length; i += 1) sortByNeighbours(columns, i, pairs, 1);
    for (let i = columns.length - 2; i >= 0; i -= 1) sortByNeighbours(columns, i, pairs, 0);
  }
  const made = new Map<string, Point>();
  const top = Math.min(...boxes.map(({ pos }) => pos[1]));
  let x = Math.min(...boxes.map(({ pos }) => pos[0]));
  const heights = columns.map((column) => column.reduce((sum, id) => sum + byId.get(id)!.size[1] + GAP_Y, -GAP_Y));
  const tallest = Math.max(...heights);
  columns.forEach((column, i) => {
    let y = top + (tallest - heights[i]!) / 2;
    for (const id of column) {
      made.set(id, [x, y]);
      y += byId.get(id)!.size[1] + GAP_Y;
    }
    x += Math.max(...column.map((id) => byId.get(id)!.size[0])) + GAP_X;
  });
  return made;
}

function toColumns(boxes: readonly Box[], pairs: readonly (readonly [string, string])[]): string[][] {
  const feeds = new Map<string, string[]>();
  for (const [a, b] of pairs) feeds.set(a, [...(feeds.get(a) ?? []), b]);
  const depth = new Map<string, number>();
  const depthOf = (id: string, above: ReadonlySet<string>): number => {
    const known = depth.get(id);
    if (known !== undefined) return known;
    if (above.has(id)) return 0;
    const path = new Set(above).add(id);
    const found = Math.max(0, ...(feeds.get(id) ?? []).map((next) => 1 + depthOf(next, path)));
    depth.set(id, found);
    return found;
  };
  for (const { id } of boxes) depthOf(id, new Set());
  const deepest = Math.max(...depth.values());
  const columns: string[][] = Array.from({ length: deepest + 1 }, () => []);
  for (const { id } of [...boxes].sort((a, b) => a.pos[1] - b.pos[1])) columns[deepest - depth.get(id)!]!.push(id);
  return columns.filter((column) => column.length > 0);
}

/** Order a column by the mean place of what its nodes are linked with: what feeds them (`end` 1), or what they feed (0). */
function sortByNeighbours(columns: string[][], i: number, pairs: readonly (readonly [string, string])[], end: 0 | 1): void {
  const place = new Map(columns.flatMap((column) => column.map((id, at) => [id, at / Math.max(1, column.length - 1)] as const)));
  const mean = (id: string): number => {
    const linked = pairs.filter((pair) => pair[end] === id).map((pair) => place.get(pair[1 - end]!) ?? 0);
    return linked.length ? linked.reduce((a, b) => a + b, 0) / linked.length : (place.get(id) ?? 0);
  };
  const means = new Map(columns[i]!.map((id) => [id, mean(id)]));
  columns[i]!.sort((a, b) => means.get(a)! - means.get(b)!);
}
