/** The lines that links are drawn along. */
import type { Point } from "../core/document.ts";
import type { Settings } from "../core/settings.ts";

/** An SVG path through the points, leaving and arriving from the side. */
export function linkPath(points: readonly Point[], shape: Settings["linkShape"]): string {
  const [first, ...others] = points;
  let from = first!;
  let path = `M${from[0]} ${from[1]}`;
  for (const to of others) {
    path += piece(from, to, shape);
    from = to;
  }
  return path;
}

function piece(from: Point, to: Point, shape: Settings["linkShape"]): string {
  if (shape === "straight") return `L${to[0]} ${to[1]}`;
  if (shape === "step") {
    const middle = (from[0] + to[0]) / 2;
    return `L${middle} ${from[1]}L${middle} ${to[1]}L${to[0]} ${to[1]}`;
  }
  const reach = reachOf(from, to);
  return `C${from[0] + reach} ${from[1]} ${to[0] - reach} ${to[1]} ${to[0]} ${to[1]}`;
}

function reachOf(from: Point, to: Point): number {
  return Math.max(24, Math.min(160, Math.hypot(to[0] - from[0], to[1] - from[1]) / 2.5));
}

/** Points along the line, close enough to tell what comes near it. */
export function samplePath(points: readonly Point[], shape: Settings["linkShape"], count = 20): Point[] {
  return points.slice(1).flatMap((to, i) => {
    const from = points[i]!;
    if (shape !== "curve") return i === 0 ? [from, to] : [to];
    const reach = reachOf(from, to);
    return Array.from({ length: count + 1 }, (_, k): Point => {
      const t = k / count;
      const [a, b, c, d] = [(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t ** 2, t ** 3];
      return [
        a * from[0] + b * (from[0] + reach) + c * (to[0] - reach) + d * to[0],
        (a + b) * from[1] + (c + d) * to[1],
      ];
    });
  });
}

export function distanceToPath(point: Point, line: readonly Point[]): number {
  let least = Infinity;
  for (let i = 1; i < line.length; i += 1) least = Math.min(least, distanceToPiece(point, line[i - 1]!, line[i]!));
  return least;
}

function distanceToPiece([x, y]: Point, [ax, ay]: Point, [bx, by]: Point): number {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}

/** Whether two lines cross. */
export function cross(one: readonly Point[], other: readonly Point[]): boolean {
  for (let i = 1; i < one.length; i += 1)
    for (let k = 1; k < other.length; k += 1)
      if (piecesCross(one[i - 1]!, one[i]!, other[k - 1]!, other[k]!)) return true;
  return false;
}

function piecesCross(a: Point, b: Point, c: Point, d: Point): boolean {
  const side = (p: Point, q: Point, r: Point): number => (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]);
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}
