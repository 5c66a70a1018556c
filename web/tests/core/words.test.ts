import fc from "fast-check";
import { expect, test } from "vitest";
import { safeColor } from "../../src/core/colors.ts";
import { similarTo } from "../../src/core/similar.ts";
import { changeWeight } from "../../src/core/weights.ts";

/** The text with the selection between bars. */
function weigh(marked: string, by: number): string {
  const from = marked.indexOf("|");
  const to = marked.lastIndexOf("|") - (marked.lastIndexOf("|") === from ? 0 : 1);
  const made = changeWeight({ text: marked.replaceAll("|", ""), from, to }, by);
  return `${made.text.slice(0, made.from)}|${made.text.slice(made.from, made.to)}|${made.text.slice(made.to)}`;
}

test.each([
  ["a |red fox| runs", 0.05, "a (|red fox|:1.05) runs"],
  ["a r|ed fox", 0.05, "a (|red|:1.05) fox"],
  ["a (|red fox|:1.05) runs", 0.05, "a (|red fox|:1.1) runs"],
  ["a (|red fox|:1.05) runs", -0.05, "a |red fox| runs"],
  ["a (re|d:1) runs", -0.05, "a (|red|:0.95) runs"],
  ["a | red |fox", 0.1, "a  (|red|:1.1) fox"],
])("%s weighed by %d is %s", (before, by, after) => {
  expect(weigh(before, by)).toBe(after);
});

test("where there is no word, nothing changes", () => {
  expect(changeWeight({ text: "a ,  b", from: 4, to: 4 }, 0.05)).toEqual({ text: "a ,  b", from: 4, to: 4 });
});

test("a weight that goes up and down again leaves the words as they were", () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(..."abc de,f"), minLength: 1 }), fc.nat(20), fc.nat(20), (text, a, b) => {
    const [from, to] = [Math.min(a, b, text.length), Math.min(Math.max(a, b), text.length)];
    expect(changeWeight(changeWeight({ text, from, to }, 0.1), -0.1).text).toBe(text);
  }));
});

test("the most similar name comes first, wherever its folder is, and others are left out", () => {
  const there = ["sd15/dreamshaper_8.safetensors", "sdxl/dreamshaperXL_v21.safetensors", "flux1-dev.safetensors", "zebra.ckpt"];
  expect(similarTo("dreamshaper-8-pruned.safetensors", there)).toEqual(there.slice(0, 2));
});

test("a colour of a file is only taken if it is one", () => {
  const given = ["#a1b2c3", " #FFF ", "teal", "rgb(10, 20, 30)", "hsla(120 50% 50% / 0.5)", "url(https://example.org/x.png)", "red;background:url(x)", "var(--x)", "image-set('x')", ""];
  expect(given.map(safeColor)).toEqual(["#a1b2c3", "#FFF", "teal", "rgb(10, 20, 30)", "hsla(120 50% 50% / 0.5)", undefined, undefined, undefined, undefined, undefined]);
});
