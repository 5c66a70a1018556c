import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exportWorkflow } from "../../src/core/exporting.ts";
import { importWorkflow, NotAWorkflow } from "../../src/core/importing.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { EXAMPLES, catalog, newSession, perform, readExample, steps } from "./samples.ts";

const saved = (file: JsonObject): unknown => JSON.parse(JSON.stringify(exportWorkflow(importWorkflow(file, catalog, "x"), catalog)));

describe.each(EXAMPLES)("the example %s", (name) => {
  test("is saved as it was opened", () => {
    expect(saved(readExample(name))).toEqual(readExample(name));
  });
});

test("whatever was drawn is the same after saving and opening", () => {
  fc.assert(
    fc.property(steps, (list) => {
      const session = newSession();
      for (const step of list) perform(session, step);
      const file = JSON.parse(JSON.stringify(exportWorkflow(session.document, catalog))) as JsonObject;
      expect(saved(file)).toEqual(file);
    }),
    { numRuns: 300 },
  );
});

test("fields, nodes and values that nobody knows survive", () => {
  const file = {
    id: "6a8d0f3e", revision: 3, last_node_id: 9, last_link_id: 4, version: 0.4, config: { a: 1 }, somethingNew: [1, { b: 2 }],
    nodes: [
      { id: 9, type: "Nobody's node", pos: [1, 2], size: [3, 4], flags: { odd: true, pinned: true }, order: 0, mode: 4, inputs: [{ name: "x", type: "X", link: 4, shape: 7, extra: 1 }], outputs: [], properties: { p: 1 }, widgets_values: [1, "two", null, { three: 3 }], showAdvanced: true },
      { id: "text-id", type: "VAEDecode", pos: [1.5, 2.5], size: [3, 4], flags: {}, order: 1, mode: 0, inputs: [{ name: "samples", type: "LATENT", link: null }, { name: "vae", type: "VAE", link: null }], outputs: [{ name: "IMAGE", type: "IMAGE", links: [4], slot_index: 0 }], properties: {}, widgets_values: [] },
      { id: 5, type: "KSampler", pos: [0, 0], size: [1, 1], flags: {}, order: 2, mode: 0, inputs: [], outputs: [{ name: "LATENT", type: "LATENT", links: null }], properties: {}, widgets_values: [1, "fixed", 20, 8, "euler", "simple", 1, "and one more"], color: "#432" },
    ],
    links: [[4, "text-id", 0, 9, 0, "IMAGE"], [77, 1, 0, 2, 0, "LOST"]],
    groups: [{ id: 1, title: "G", bounding: [1, 2, 3, 4], color: "#3f789e", font_size: 24, flags: {} }],
    extra: { ds: { scale: 1, offset: [0, 0] }, frontendVersion: "1.35.9", reroutes: [{ id: 1, pos: [5, 6], linkIds: [4] }], linkExtensions: [{ id: 4, parentId: 1 }] },
  };
  expect(saved(file as unknown as JsonObject)).toEqual({ ...file, last_link_id: 4 });
});

test("widget values are found by name, and written back in their places", () => {
  const document = importWorkflow(readExample("text-to-image.json"), catalog, "x");
  const sampler = Object.values(document.sheets.root!.nodes).find((node) => node.type === "KSampler")!;
  expect(sampler.values).toEqual({ seed: 20, "seed:control": "randomize", steps: 20, cfg: 3, sampler_name: "dpmpp_2m", scheduler: "karras", denoise: 1 });
});

test("what is no workflow is refused in a sentence", () => {
  expect(() => importWorkflow([1, 2], catalog, "x")).toThrow(NotAWorkflow);
  expect(() => importWorkflow({ hello: 1 }, catalog, "x")).toThrow("This is not a workflow: it has no list of nodes.");
});
