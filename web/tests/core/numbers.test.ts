import fc from "fast-check";
import { expect, test } from "vitest";
import { evaluate } from "../../src/core/expression.ts";
import { clamp, moveBy, rangeOf, scrub } from "../../src/core/numbers.ts";

test.each([
  ["512", 512], ["1024*1.5", 1536], ["2+3*4", 14], ["(2+3)*4", 20], ["2^3^2", 512], ["-2^2", -4], ["7%4", 3], ["1e3", 1000], [".5", 0.5],
  ["sqrt(16) + max(1, 2, 3)", 7], ["2*pi", 2 * Math.PI], ["*2", 20], ["/4", 2.5], ["+=5", 15], ["-=5", 5], ["-5", -5], ["x+1", 11], ["round(10/3)", 3],
])("%s is %d, where the value before was 10", (text, value) => {
  expect(evaluate(text, 10)).toBeCloseTo(value, 12);
});

test.each(["", "abc", "1+", "(1", "1)", "1 2", "1/0", "sqrt(-1)", "sqrt", "alert(1)", "1;2", "max()"])("%s is no number", (text) => {
  expect(evaluate(text, 10)).toBeNull();
});

test("whatever is typed, arithmetic gives a number or nothing", () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(..."0123456789.+-*/%^()x, epi") }), (text) => {
    const value = evaluate(text, 3);
    return value === null || Number.isFinite(value);
  }));
});

const WIDTH = rangeOf({ min: 16, max: 16384, step: 8 }, true);
const CFG = rangeOf({ min: 0, max: 100, step: 0.1, round: 0.01 }, false);

test("a step leads to the next value of the steps' grid, also from between two", () => {
  expect([moveBy(512, 1, "plain", WIDTH), moveBy(515, 1, "plain", WIDTH), moveBy(515, -1, "plain", WIDTH), moveBy(512, 1, "coarse", WIDTH), moveBy(512, 1, "fine", WIDTH)])
    .toEqual([520, 520, 512, 576, 513]);
});

test("values have no dust of binary fractions", () => {
  expect([moveBy(0.2, 1, "plain", CFG), moveBy(8, 1, "fine", CFG), clamp(7.123456, CFG)]).toEqual([0.3, 8.01, 7.12]);
});

test("a drag counts from where it began, four pixels a step", () => {
  expect([3, 4, 40, -40, 1e6].map((pixels) => scrub(8, pixels, "plain", CFG))).toEqual([8, 8.1, 9, 7, 100]);
});

test("no move leads out of the range", () => {
  fc.assert(fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.integer({ min: -500, max: 500 }), (value, steps) => {
    const moved = moveBy(value, steps, "plain", WIDTH);
    return moved >= 16 && moved <= 16384 && Number.isInteger(moved);
  }));
});
