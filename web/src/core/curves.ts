/** Tone curves: points from the left to the right of a unit square, and how to go between them. */
import type { Json } from "./json.ts";
import { isObject } from "./json.ts";
import type { Point } from "./document.ts";

export const INTERPOLATIONS = ["monotone_cubic", "linear"] as const;
export type Interpolation = (typeof INTERPOLATIONS)[number];

export interface Curve {
  /** By rising x, all in 0..1; at least the two ends. */
  readonly points: readonly Point[];
  readonly interpolation: Interpolation;
}

export const STRAIGHT: Curve = { points: [[0, 0], [1, 1]], interpolation: "monotone_cubic" };
const NEAREST = 0.005;

export function readCurve(value: Json | undefined): Curve {
  const given = isObject(value) ? value.points : value;
  const points = (Array.isArray(given) ? given : []).flatMap((point): Point[] => {
    const [x, y] = Array.isArray(point) ? point.map(Number) : [];
    return Number.isFinite(x) && Number.isFinite(y) ? [[unit(x!), unit(y!)]] : [];
  });
  const interpolation = isObject(value) && value.interpolation === "linear" ? "linear" : "monotone_cubic";
  return points.length < 2 ? { ...STRAIGHT, interpolation } : { points: points.sort((a, b) => a[0] - b[0]), interpolation };
}

/** A point more; its place among the points too. One that lies over another takes its place. */
export function addPoint({ points, interpolation }: Curve, [x, y]: Point): { curve: Curve; at: number } {
  const same = points.findIndex((point) => Math.abs(point[0] - x) < NEAREST);
  if (same >= 0) return { curve: movePoint({ points, interpolation }, same, [x, y]), at: same };
  const at = points.filter((point) => point[0] < x).length;
  return { curve: { interpolation, points: [...points.slice(0, at), [unit(x), unit(y)], ...points.slice(at)] }, at };
}

/** The point elsewhere; it stays between its neighbours. */
export function movePoint({ points, interpolation }: Curve, at: number, [x, y]: Point): Curve {
  const least = at > 0 ? points[at - 1]![0] + NEAREST : 0;
  const most = at < points.length - 1 ? points[at + 1]![0] - NEAREST : 1;
  const moved: Point = [Math.min(most, Math.max(least, x)), unit(y)];
  return { interpolation, points: points.map((point, i) => (i === at ? moved : point)) };
}

export function removePoint({ points, interpolation }: Curve, at: number): Curve {
  return points.length <= 2 ? { points, interpolation } : { interpolation, points: points.filter((_, i) => i !== at) };
}

/** The curve's height at x. Between points: straight, or the cubic of Fritsch and Carlson (1980), which never overshoots. */
export function heightAt({ points, interpolation }: Curve, x: number): number {
  const next = points.findIndex((point) => point[0] >= x);
  if (next <= 0) return next === 0 ? points[0]![1] : points.at(-1)![1];
  const [x0, y0] = points[next - 1]!;
  const [x1, y1] = points[next]!;
  const t = (x - x0) / (x1 - x0);
  if (interpolation === "linear") return y0 + t * (y1 - y0);
  const [m0, m1] = [next - 1, next].map((i) => slopeAt(points, i) * (x1 - x0)) as [number, number];
  const [t2, t3] = [t * t, t * t * t];
  return y0 * (2 * t3 - 3 * t2 + 1) + m0 * (t3 - 2 * t2 + t) + y1 * (3 * t2 - 2 * t3) + m1 * (t3 - t2);
}

/** The slope at a point: 0 at peaks, else the harmonic mean of the slopes beside it. */
function slopeAt(points: readonly Point[], i: number): number {
  const before = i > 0 ? secant(points[i - 1]!, points[i]!) : null;
  const after = i < points.length - 1 ? secant(points[i]!, points[i + 1]!) : null;
  if (before === null || after === null) return before ?? after ?? 0;
  return before * after <= 0 ? 0 : (2 * before * after) / (before + after);
}

function secant([ax, ay]: Point, [bx, by]: Point): number {
  return (by - ay) / (bx - ax);
}

function unit(value: number): number {
  return Math.min(1, Math.max(0, value));
}
