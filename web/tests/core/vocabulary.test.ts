import { expect, test } from "vitest";
import { type Word, fitting, phrasesOf, pieceBefore, trainedWords } from "../../src/core/vocabulary.ts";

const WORDS: Word[] = [
  { text: "penguin", kind: "word" }, { text: "a penguin on a pink background", kind: "word" },
  { text: "embedding:easynegative", kind: "embedding" }, { text: "red apple", kind: "own" },
];

test.each([
  ["a red pen", { start: 6, text: "pen" }],
  ["(pen", { start: 1, text: "pen" }],
  ["fox, embedding:sub/ea", { start: 5, text: "embedding:sub/ea" }],
  ["一只红狐", { start: 0, text: "一只红狐" }],
  ["fox, ", null],
  ["", null],
])("in '%s' a completion takes the place of %j", (line, piece) => {
  expect(pieceBefore(line)).toEqual(piece);
});

test("the word comes before the phrase that holds it, and what is written whole is not offered again", () => {
  expect(fitting(WORDS, "peng").map(({ text }) => text)).toEqual(["penguin", "a penguin on a pink background"]);
  expect(fitting(WORDS, "penguin").map(({ text }) => text)).toEqual(["a penguin on a pink background"]);
});

test("an embedding is found by its name alone and by its whole word", () => {
  for (const piece of ["easyn", "embedding:ea"]) expect(fitting(WORDS, piece).map(({ text }) => text)).toEqual(["embedding:easynegative"]);
});

test("a LoRA's own words are counted over all of its pictures' folders", () => {
  const frequency = { "10_cats": { cat: 5, sofa: 2 }, "3_more": { sofa: 9, " ": 4 } };
  expect(trainedWords({ ss_tag_frequency: JSON.stringify(frequency) })).toEqual(["sofa", "cat"]);
});

test.each([undefined, null, 7, {}, { ss_tag_frequency: "{" }, { ss_tag_frequency: "[1]" }, { ss_tag_frequency: { a: 1, b: { c: "x" } } }])(
  "metadata such as %j has no words", (metadata) => expect(trainedWords(metadata)).toEqual([]),
);

test("phrases of other prompts are offered without their weights", () => {
  expect(phrasesOf(["a (red fox:1.2), blue sky", "{snow|deep rain}, (red fox:0.8), ab"])).toEqual(["a red fox", "blue sky", "snow", "deep rain", "red fox"]);
});
