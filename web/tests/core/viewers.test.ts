import { expect, test } from "vitest";
import { type Catalog, readCatalog } from "../../src/core/catalog.ts";
import type { ApiPrompt } from "../../src/core/prompt.ts";
import { NO_RUN, type RunState, afterMessage, hideOutdated } from "../../src/core/runs.ts";
import { aimAt, decidedBy, isViewer, viewedNode } from "../../src/core/viewers.ts";

const type = (output: string[], isOutput = false): object => ({ input: {}, output, output_name: output, output_node: isOutput });
const CATALOG: Catalog = readCatalog({
  Load: type(["MODEL", "CLIP", "VAE"]), Sample: type(["LATENT"]), VAEDecode: type(["IMAGE"]), Cut: type(["MASK"]), Sound: type(["AUDIO"]),
  SaveImage: type([], true), PreviewImage: type([], true), MaskPreview: type([], true), PreviewAudio: type([], true), PreviewAny: type([], true),
} as never);

const graph = (nodes: Record<string, [string, Record<string, [string, number]>]>): ApiPrompt =>
  Object.fromEntries(Object.entries(nodes).map(([id, [class_type, inputs]]) => [id, { class_type, inputs, _meta: { title: class_type } }]));

const PAINT = graph({ 1: ["Load", {}], 2: ["Load", {}], 3: ["Sample", { model: ["1", 0] }], 4: ["VAEDecode", { samples: ["3", 0], vae: ["2", 2] }], 5: ["SaveImage", { images: ["4", 0] }] });

const shownFor = (prompt: ApiPrompt, target: string): unknown[] => {
  const { prompt: made, targets } = aimAt(prompt, CATALOG, [target]);
  return targets.map((id) => ({ at: viewedNode(id), as: made[id]!.class_type, from: made[id]!.inputs }));
};

test("an output is aimed at as it is, and nothing is added", () => {
  expect(aimAt(PAINT, CATALOG, ["5"])).toEqual({ prompt: PAINT, targets: ["5"] });
});

test("what gives pictures, masks, sounds or something else is shown by the node for it", () => {
  const all = { ...PAINT, ...graph({ 6: ["Cut", {}], 7: ["Sound", {}] }) };
  expect(["4", "6", "7", "1"].flatMap((id) => shownFor(all, id))).toEqual([
    { at: "4", as: "PreviewImage", from: { images: ["4", 0] } }, { at: "6", as: "MaskPreview", from: { mask: ["6", 0] } },
    { at: "7", as: "PreviewAudio", from: { audio: ["7", 0] } }, { at: "1", as: "PreviewAny", from: { source: ["1", 0] } },
  ]);
});

test("a latent is decoded with the VAE that the graph decodes it with, else with the first that it loads", () => {
  const vaeOf = (prompt: ApiPrompt): unknown => Object.values(aimAt(prompt, CATALOG, ["3"]).prompt).filter(({ class_type }) => class_type === "VAEDecode").at(-1)?.inputs.vae;
  const { 4: _, 5: __, ...bare } = PAINT as Record<string, never>;
  expect([vaeOf(PAINT), vaeOf(bare)]).toEqual([["2", 2], ["1", 2]]);
  expect(shownFor(bare, "3")).toMatchObject([{ at: "3", as: "PreviewImage" }]);
});

test("a subgraph is aimed at by the nodes in it on which no other depends", () => {
  const inner = graph({ "9:1": ["Load", {}], "9:3": ["Sample", { model: ["9:1", 0] }], "9:4": ["VAEDecode", { samples: ["9:3", 0], vae: ["9:1", 2] }] });
  expect(shownFor({ ...inner, ...PAINT }, "9")).toEqual([{ at: "9:4", as: "PreviewImage", from: { images: ["9:4", 0] } }]);
});

test("what was shown is outdated when anything changes that the node depends on, and only then", () => {
  const other = (id: string, fields: object): ApiPrompt => ({ ...PAINT, [id]: { ...PAINT[id]!, inputs: { ...PAINT[id]!.inputs, ...fields } } });
  expect(decidedBy(other("5", { prefix: "new" }), "3")).toBe(decidedBy(PAINT, "3"));
  for (const id of ["1", "3"]) expect(decidedBy(other(id, { seed: 7 }), "3")).not.toBe(decidedBy(PAINT, "3"));
  const shown: RunState = { ...NO_RUN, outputs: { 3: {}, 4: {}, 5: {} }, viewed: new Set(["3", "4"]) };
  expect(hideOutdated(shown, (id) => id === "3")).toEqual({ ...shown, outputs: { 4: {}, 5: {} }, viewed: new Set(["4"]) });
  expect(hideOutdated(shown, () => false)).toBe(shown);
});

test("what a run to a node showed goes when the node runs again, and its own outputs stay", () => {
  const tell = (state: RunState, kind: string, data: object): RunState => afterMessage(state, kind, { prompt_id: "p", ...data }, 0);
  const viewer = aimAt(PAINT, CATALOG, ["3"]).targets[0]!;
  expect(isViewer(viewer)).toBe(true);
  const first = tell(tell(tell(NO_RUN, "execution_start", {}), "executed", { node: viewer, output: { images: [] } }), "executed", { node: "5", output: { images: [] } });
  expect(Object.keys(first.outputs)).toEqual(["3", "5"]);
  const second = tell(tell(tell(first, "execution_start", {}), "executing", { node: "3" }), "executing", { node: "5" });
  expect(Object.keys(second.outputs)).toEqual(["5"]);
});
