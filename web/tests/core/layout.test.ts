import { expect, test } from "vitest";
import { ROOT } from "../../src/core/document.ts";
import { importWorkflow } from "../../src/core/importing.ts";
import { type Box, align, arrange, distribute } from "../../src/core/layout.ts";
import { indexTypes, search } from "../../src/core/search.ts";
import { nextNumber } from "../../src/core/seeds.ts";
import { fits } from "../../src/core/sockets.ts";
import { catalog, readExample } from "./samples.ts";

const BOXES: readonly Box[] = [
  { id: "a", pos: [0, 0], size: [100, 50] },
  { id: "b", pos: [50, 200], size: [40, 20] },
  { id: "c", pos: [400, 90], size: [100, 300] },
];

test("aligning uses the boxes as they are seen", () => {
  expect(align(BOXES, "right")).toEqual(new Map([["a", [400, 0]], ["b", [460, 200]], ["c", [400, 90]]]));
  expect(align(BOXES, "middle").get("b")).toEqual([50, 185]);
});

test("distributing makes the gaps equal and leaves the outer two", () => {
  expect(distribute(BOXES, 0)).toEqual(new Map([["a", [0, 0]], ["b", [230, 200]], ["c", [400, 90]]]));
});

test("arranging puts every node right of what feeds it, and no two on each other", () => {
  const sheet = importWorkflow(readExample("text-to-image.json"), catalog, "x").sheets[ROOT]!;
  const boxes = Object.values(sheet.nodes).map(({ id, size }): Box => ({ id, pos: [0, 0], size }));
  const places = arrange(boxes, sheet);
  for (const { from, to } of Object.values(sheet.links)) expect(places.get(from.node)![0]).toBeLessThan(places.get(to.node)![0]);
  for (const one of boxes)
    for (const other of boxes) {
      const [a, b] = [places.get(one.id)!, places.get(other.id)!];
      if (one.id < other.id)
        expect(a[0] + one.size[0] <= b[0] || b[0] + other.size[0] <= a[0] || a[1] + one.size[1] <= b[1] || b[1] + other.size[1] <= a[1]).toBe(true);
    }
});

test.each([["MODEL", "MODEL", true], ["MODEL", "CLIP", false], ["*", "CLIP", true], ["IMAGE", "MASK,image", true], ["A,B", "C,b", true], ["", "VAE", true]])(
  "%s into %s: %s", (given, taken, isFine) => expect(fits(given, taken)).toBe(isFine),
);

test("a search finds by name, by beginnings of words, by synonym, and by letters in order", () => {
  const index = indexTypes(catalog);
  const first = (query: string): string | undefined => search(index, query)[0]?.name;
  expect(["ksampler", "load check", "photo", "vdc", "empty lat"].map(first)).toEqual(["KSampler", "CheckpointLoaderSimple", "LoadImage", "VAEDecode", "EmptyLatentImage"]);
  expect(search(index, "qqqq")).toEqual([]);
});

test("2000 node types are searched in less than 16 ms", () => {
  const many = new Map(Array.from({ length: 2000 }, (_, i) => [`Node${i}`, { ...catalog.get("KSampler")!, name: `Node${i}`, title: `Some long node name ${i} of a pack` }]));
  const index = indexTypes(many);
  search(index, "warm up");
  const time = (query: string): number => {
    const start = performance.now();
    search(index, query);
    return performance.now() - start;
  };
  // The quickest of twenty, since the machine may be at something else in between; the slowest of the queries counts.
  const times = ["s", "sa", "sam", "samp", "node 17", "pack 1999", "lng nm"].map((query) => Math.min(...Array.from({ length: 20 }, () => time(query))));
  expect(Math.max(...times)).toBeLessThan(16);
});

test("seeds count up and down within their limits, and random ones stay inside them", () => {
  expect(nextNumber(5, "increment", 0, 10, 1, Math.random)).toBe(6);
  expect(nextNumber(10, "increment", 0, 10, 1, Math.random)).toBe(10);
  expect(nextNumber(0, "decrement", 0, 10, 1, Math.random)).toBe(0);
  expect(nextNumber(0, "randomize", 3, 2 ** 64, 1, () => 0.999999999)).toBeLessThanOrEqual(2 ** 50);
});
