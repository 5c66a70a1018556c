import { expect, test } from "vitest";
import { type StrokeStep, NO_STROKES, diameterAt, doStep, pressureOf, redoStep, stampsBetween, undoStep } from "../../src/core/strokes.ts";

const BRUSH = { isEraser: false, size: 20, hardness: 1, color: "#ff406e" };
const CLEAR: StrokeStep = { kind: "clear" };
const INVERT: StrokeStep = { kind: "invert" };

test("steps are taken back and done again, and a new one ends what was taken back", () => {
  const two = doStep(doStep(NO_STROKES, CLEAR), INVERT);
  expect(undoStep(two)).toEqual({ done: [CLEAR], undone: [INVERT] });
  expect(redoStep(undoStep(two))).toEqual(two);
  expect(doStep(undoStep(two), CLEAR)).toEqual({ done: [CLEAR, CLEAR], undone: [] });
  expect(undoStep(NO_STROKES)).toBe(NO_STROKES);
});

test("only a pen's pressure changes how wide the brush is", () => {
  const widths = [{ pointerType: "pen", pressure: 0.5 }, { pointerType: "mouse", pressure: 0.5 }, { pointerType: "touch", pressure: 0.1 }].map((event) => diameterAt(BRUSH, pressureOf(event)));
  expect(widths).toEqual([12.5, 20, 20]);
});

test("a quick stroke has no gaps: no two stamps lie further apart than a part of the brush", () => {
  const start = { x: 0, y: 0, pressure: 1 };
  const stamps = [start, ...stampsBetween(start, { x: 300, y: 400, pressure: 0.5 }, BRUSH)];
  const gaps = stamps.slice(1).map((stamp, i) => Math.hypot(stamp.x - stamps[i]!.x, stamp.y - stamps[i]!.y));
  expect(Math.max(...gaps)).toBeLessThan(0.15 * BRUSH.size);
  expect(stamps.at(-1)).toEqual({ x: 300, y: 400, pressure: 0.5 });
});
