import fc from "fast-check";
import { expect, test } from "vitest";
import { type Curve, addPoint, heightAt, movePoint, readCurve, removePoint } from "../../src/core/curves.ts";

const unit = fc.double({ min: 0, max: 1, noNaN: true });
const curve = fc.array(fc.tuple(unit, unit), { maxLength: 8 }).map((points) => points.reduce<Curve>((made, point) => addPoint(made, point).curve, readCurve(undefined)));

const rises = ({ points }: Curve): boolean => points.every(([x], i) => i === 0 || x > points[i - 1]![0]);

test("points stay in order and in the square, wherever they are added and moved", () => {
  fc.assert(fc.property(curve, fc.nat(20), fc.tuple(fc.double({ min: -2, max: 3, noNaN: true }), unit), (start, at, to) => {
    const moved = movePoint(start, at % start.points.length, to);
    expect(rises(moved)).toBe(true);
    expect(moved.points.flat().every((value) => value >= 0 && value <= 1)).toBe(true);
  }));
});

test("the curve goes through its points and never beyond the heights beside it", () => {
  fc.assert(fc.property(curve, unit, (made, x) => {
    for (const [px, py] of made.points) expect(heightAt(made, px)).toBeCloseTo(py, 6);
    const next = Math.max(1, made.points.findIndex((point) => point[0] >= x));
    const heights = [made.points[next - 1]![1], (made.points[next] ?? made.points.at(-1)!)[1]];
    const height = heightAt(made, x);
    expect(height).toBeGreaterThanOrEqual(Math.min(...heights) - 1e-9);
    expect(height).toBeLessThanOrEqual(Math.max(...heights) + 1e-9);
  }));
});

test("two points are left whatever is taken away, and what is no curve is a straight one", () => {
  const three = addPoint(readCurve(null), [0.5, 0.2]).curve;
  expect(removePoint(removePoint(three, 1), 0).points).toEqual([[0, 0], [1, 1]]);
  expect(readCurve({ points: "?", interpolation: "linear" })).toEqual({ points: [[0, 0], [1, 1]], interpolation: "linear" });
});
