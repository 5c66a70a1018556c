import { expect, test } from "vitest";
import { colorNumber, readColor } from "../../src/core/colors.ts";
import { fileOf, kindOf, valueOf } from "../../src/core/inputFiles.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { folderOfModels } from "../../src/core/modelFolders.ts";
import { filesOf, solidsOf, textsOf } from "../../src/core/results.ts";

test.each([
  ["a.png", { filename: "a.png", subfolder: "", type: "input" }],
  ["masks/deep/a b.png", { filename: "a b.png", subfolder: "masks/deep", type: "input" }],
  ["clip/a.png [temp]", { filename: "a.png", subfolder: "clip", type: "temp" }],
])("the value %s names one file, whose value it is again", (value, file) => {
  expect(fileOf(value, "input")).toEqual(file);
  expect(valueOf(fileOf(value, "input"), "input")).toBe(value);
});

test("a file's kind is seen from its ending, in whatever case", () => {
  expect(["a.PNG", "a.flac", "a.b.mp4", "a.latent", "png"].map(kindOf)).toEqual(["image", "audio", "video", "other", "other"]);
});

test("texts, sounds and films are found in a node's output wherever it lists them, and nothing where it lists none", () => {
  const output: JsonObject = {
    text: ["one", 2], images: [{ filename: "f.mp4", subfolder: "v", type: "output" }, { filename: "p.png" }], audio: [{ filename: "s.flac" }, null],
  };
  expect(textsOf(output)).toEqual(["one", "2"]);
  expect(filesOf(output, "video")).toEqual([{ filename: "f.mp4", subfolder: "v", type: "output" }]);
  expect(filesOf(output, "audio")).toEqual([{ filename: "s.flac", subfolder: "", type: "output" }]);
  expect(solidsOf({ "3d": [{ filename: "cup.glb", subfolder: "3d", type: "temp" }, { type: "output" }, "no"] })).toEqual([{ filename: "cup.glb", subfolder: "3d", type: "temp" }]);
  expect([textsOf(undefined), filesOf({ audio: "no" }, "audio")]).toEqual([[], []]);
});

test("colours are read as people and nodes write them", () => {
  expect(["#FF8800", "f80", " #abc ", 0xff8800, 0, "red", "#12345", -1, 1e9, null].map(readColor))
    .toEqual(["#ff8800", "#ff8800", "#aabbcc", "#ff8800", "#000000", null, null, null, null, null]);
  expect(colorNumber("#ff8800")).toBe(0xff8800);
});

test("an input's name tells the folder of its models", () => {
  expect(["ckpt_name", "lora_name", "lora_01", "clip_name2", "sampler_name"].map(folderOfModels)).toEqual(["checkpoints", "loras", "loras", "text_encoders", undefined]);
});
