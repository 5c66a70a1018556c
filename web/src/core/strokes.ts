/** A mask or a painting as the list of what was done to it, so that everything can be taken back. */

/** x and y in pixels of the picture; pressure in 0..1, 1 for mice and fingers. */
export interface BrushPoint {
  readonly x: number;
  readonly y: number;
  readonly pressure: number;
}

export interface Brush {
  readonly isEraser: boolean;
  /** Diameter in pixels of the picture. */
  readonly size: number;
  /** 1 has a sharp edge, 0 fades from the middle. */
  readonly hardness: number;
  /** As #rrggbb. */
  readonly color: string;
}

export type StrokeStep = { readonly kind: "stroke"; readonly brush: Brush; readonly points: readonly BrushPoint[] } | { readonly kind: "clear" } | { readonly kind: "invert" };

export interface StrokeHistory {
  readonly done: readonly StrokeStep[];
  readonly undone: readonly StrokeStep[];
}

export const NO_STROKES: StrokeHistory = { done: [], undone: [] };

export function doStep({ done }: StrokeHistory, step: StrokeStep): StrokeHistory {
  return { done: [...done, step], undone: [] };
}

export function undoStep(history: StrokeHistory): StrokeHistory {
  const last = history.done.at(-1);
  return last ? { done: history.done.slice(0, -1), undone: [...history.undone, last] } : history;
}

export function redoStep(history: StrokeHistory): StrokeHistory {
  const next = history.undone.at(-1);
  return next ? { done: [...history.done, next], undone: history.undone.slice(0, -1) } : history;
}

const LEAST_SHARE = 0.25;
const SPACING = 0.12;

/** The diameter under a pen's pressure. */
export function diameterAt(brush: Brush, pressure: number): number {
  return brush.size * (LEAST_SHARE + (1 - LEAST_SHARE) * Math.min(1, Math.max(0, pressure)));
}

/** Where the brush is set down between two points, close enough to look like a line; the first point is not repeated. */
export function stampsBetween(from: BrushPoint, to: BrushPoint, brush: Brush): BrushPoint[] {
  const gap = Math.max(0.5, Math.min(diameterAt(brush, from.pressure), diameterAt(brush, to.pressure)) * SPACING);
  const count = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / gap));
  return Array.from({ length: count }, (_, i) => {
    const share = (i + 1) / count;
    const between = (a: number, b: number): number => a + (b - a) * share;
    return { x: between(from.x, to.x), y: between(from.y, to.y), pressure: between(from.pressure, to.pressure) };
  });
}

/** What an event's pressure means: only pens measure it. */
export function pressureOf(event: { readonly pointerType: string; readonly pressure: number }): number {
  return event.pointerType === "pen" && event.pressure > 0 ? event.pressure : 1;
}
