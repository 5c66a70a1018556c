import fc from "fast-check";
import { expect, test } from "vitest";
import { type Box, HANDLES, boxBetween, moveBox, readBoxes, resizeBox, writeBoxes } from "../../src/core/boxes.ts";

const LIMITS = [640, 480] as const;
const side = fc.integer({ min: -900, max: 900 });
const step = fc.tuple(side, side);
const box = fc.tuple(step, step).map(([a, b]) => boxBetween(a, b, LIMITS)).filter(({ width, height }) => width > 0 && height > 0);

const isInside = ({ x, y, width, height }: Box): boolean => x >= 0 && y >= 0 && width >= 1 && height >= 1 && x + width <= LIMITS[0] && y + height <= LIMITS[1];

test("a box is the same whichever corner it was begun at", () => {
  const wanted = { x: 10, y: 20, width: 90, height: 30 };
  for (const [a, b] of [[[10, 20], [100, 50]], [[100, 50], [10, 20]], [[10, 50], [100, 20]]] as const) expect(boxBetween(a, b, LIMITS)).toEqual(wanted);
});

test("whatever is done with the pointer, a box stays on its canvas", () => {
  fc.assert(fc.property(box, step, fc.constantFrom(...HANDLES), (start, by, handle) => {
    expect(isInside(moveBox(start, by, LIMITS))).toBe(true);
    expect(isInside(resizeBox(start, handle, by, LIMITS))).toBe(true);
  }));
});

test("a handle moves its own edges only, and a move keeps the size", () => {
  fc.assert(fc.property(box, step, (start, by) => {
    const wider = resizeBox(start, [1, 0], by, LIMITS);
    expect([wider.x, wider.y, wider.height]).toEqual([start.x, start.y, start.height]);
    const taller = resizeBox(start, [0, -1], by, LIMITS);
    expect([taller.x, taller.width, taller.y + taller.height]).toEqual([start.x, start.width, start.y + start.height]);
    const moved = moveBox(start, by, LIMITS);
    expect([moved.width, moved.height]).toEqual([start.width, start.height]);
  }));
});

test("boxes are read and written without loss, and what is no box is left out", () => {
  const saved = [{ x: 1, y: 2, width: 3, height: 4, metadata: { type: "text", text: "HELLO", desc: "big", palette: ["#ff8800"], score: 0.5 } }];
  expect(writeBoxes(readBoxes(saved))).toEqual(saved);
  expect(readBoxes([{ x: 1 }, "box", null])).toEqual([]);
});
