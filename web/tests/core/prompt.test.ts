import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { copyFrom, paste, readClip } from "../../src/core/clipboard.ts";
import { addLink } from "../../src/core/commands/links.ts";
import { addNode, setMode, setValue } from "../../src/core/commands/nodes.ts";
import { makeSubgraph, promoteWidget, promotedAs, removeBoundarySlot, unpackSubgraph } from "../../src/core/commands/subgraphs.ts";
import { type Document, BYPASSED, MUTED, ROOT, emptyDocument } from "../../src/core/document.ts";
import { chooseVariants, fillPrefix } from "../../src/core/dynamic.ts";
import { Edit } from "../../src/core/edit.ts";
import { exportWorkflow } from "../../src/core/exporting.ts";
import { importWorkflow } from "../../src/core/importing.ts";
import type { Json, JsonObject } from "../../src/core/json.ts";
import { type ApiPrompt, ancestors, makePrompt } from "../../src/core/prompt.ts";
import { catalog, newSession, perform, readExample, steps } from "./samples.ts";

const NOW = new Date(2026, 2, 4, 5, 6, 7);
const prompt = (document: Document): ApiPrompt => makePrompt(document, catalog, { random: () => 0, now: NOW });
const example = (): Document => importWorkflow(readExample("text-to-image.json"), catalog, "x");

/** What a graph computes, whatever its ids are: each node with all that feeds it. */
function meaning(graph: ApiPrompt): string[] {
  const say = (id: string): string => {
    const node = graph[id]!;
    const inputs = Object.entries(node.inputs).sort(([a], [b]) => a.localeCompare(b));
    return JSON.stringify([node.class_type, inputs.map(([name, value]): Json => [name, Array.isArray(value) ? [say(String(value[0])), value[1]!] : value])]);
  };
  return Object.keys(graph).map(say).sort();
}

test("the example becomes the graph that the server runs", () => {
  const graph = prompt(example());
  expect(Object.keys(graph)).toEqual(["1", "2", "3", "4", "5", "6", "7"]);
  expect(graph["5"]).toEqual({
    class_type: "KSampler",
    inputs: {
      seed: 20, steps: 20, cfg: 3, sampler_name: "dpmpp_2m", scheduler: "karras", denoise: 1,
      model: ["1", 0], positive: ["2", 0], negative: ["3", 0], latent_image: ["4", 0],
    },
    _meta: { title: "KSampler" },
  });
  expect(graph["2"]!._meta.title).toBe("Prompt");
});

test("a muted node is left out, with the links to it", () => {
  const edit = new Edit(example());
  setMode(edit, ROOT, ["6"], MUTED);
  const graph = prompt(edit.document);
  expect(graph["6"]).toBeUndefined();
  expect(graph["7"]!.inputs).toEqual({ filename_prefix: "text-to-image" });
});

test("a bypassed node passes on what comes in with the type that is wanted", () => {
  const edit = new Edit(example());
  const lora = addNode(edit, ROOT, "LoraLoader", [0, 0], catalog);
  addLink(edit, ROOT, { node: "1", slot: "MODEL" }, { node: lora, slot: "model" }, catalog);
  addLink(edit, ROOT, { node: "1", slot: "CLIP" }, { node: lora, slot: "clip" }, catalog);
  addLink(edit, ROOT, { node: lora, slot: "MODEL" }, { node: "5", slot: "model" }, catalog);
  addLink(edit, ROOT, { node: lora, slot: "CLIP" }, { node: "2", slot: "clip" }, catalog);
  setMode(edit, ROOT, [lora], BYPASSED);
  expect(prompt(edit.document)).toEqual(prompt(example()));
});

test("reroutes are looked through", () => {
  const edit = new Edit(example());
  const [one, two] = [addNode(edit, ROOT, "Reroute", [0, 0], catalog), addNode(edit, ROOT, "Reroute", [0, 0], catalog)];
  addLink(edit, ROOT, { node: "6", slot: "IMAGE" }, { node: one, slot: "" }, catalog);
  addLink(edit, ROOT, { node: one, slot: "" }, { node: two, slot: "" }, catalog);
  addLink(edit, ROOT, { node: two, slot: "" }, { node: "7", slot: "images" }, catalog);
  expect(prompt(edit.document)).toEqual(prompt(example()));
});

test("a linked value takes the widget's place, and a primitive gives its value", () => {
  const edit = new Edit(example());
  const primitive = addNode(edit, ROOT, "PrimitiveNode", [0, 0], catalog);
  edit.set(["sheets", ROOT, "nodes", primitive, "outputs"], [{ key: "INT", name: "INT", type: "INT", rest: {} }]);
  setValue(edit, ROOT, primitive, "value", 77);
  addLink(edit, ROOT, { node: primitive, slot: "INT" }, { node: "5", slot: "steps" }, catalog);
  expect(prompt(edit.document)["5"]!.inputs.steps).toBe(77);
  const again = importWorkflow(JSON.parse(JSON.stringify(exportWorkflow(edit.document, catalog))), catalog, "x");
  expect(prompt(again)["5"]!.inputs.steps).toBe(77);
});

describe("subgraphs", () => {
  test("what runs is the same after making one, after saving and opening it, and after taking it apart", () => {
    fc.assert(
      fc.property(fc.subarray(["1", "2", "3", "4", "5", "6", "7"], { minLength: 1 }), (ids) => {
        const edit = new Edit(example());
        const instance = makeSubgraph(edit, ROOT, ids, "Part", catalog);
        const wanted = meaning(prompt(example()));
        expect(meaning(prompt(edit.document))).toEqual(wanted);
        const file = JSON.parse(JSON.stringify(exportWorkflow(edit.document, catalog))) as JsonObject;
        expect(meaning(prompt(importWorkflow(file, catalog, "x")))).toEqual(wanted);
        unpackSubgraph(edit, ROOT, instance);
        expect(meaning(prompt(edit.document))).toEqual(wanted);
      }),
      { numRuns: 127 },
    );
  });

  test("a subgraph in a subgraph has ids with both instances", () => {
    const edit = new Edit(example());
    const inner = makeSubgraph(edit, ROOT, ["5"], "Inner", catalog);
    const outer = makeSubgraph(edit, ROOT, [inner, "6"], "Outer", catalog);
    expect(Object.keys(prompt(edit.document))).toContain(`${outer}:${inner}:5`);
    expect(meaning(prompt(edit.document))).toEqual(meaning(prompt(example())));
  });

  test("each instance has its own value for a promoted widget", () => {
    const edit = new Edit(example());
    const one = makeSubgraph(edit, ROOT, ["5"], "Sampler", catalog);
    const definition = edit.document.sheets.root!.nodes[one]!.type;
    const key = promoteWidget(edit, definition, "5", "steps", catalog)!;
    const [two] = paste(edit, ROOT, copyFrom(edit.document, ROOT, [one]), [0, 0], catalog, true);
    setValue(edit, ROOT, two!, key, 7);
    const graph = prompt(importWorkflow(JSON.parse(JSON.stringify(exportWorkflow(edit.document, catalog))), catalog, "x"));
    expect([graph[`${one}:5`]!.inputs.steps, graph[`${two}:5`]!.inputs.steps]).toEqual([20, 7]);
  });

  test("a widget that is promoted can be taken back inside", () => {
    const edit = new Edit(example());
    const instance = makeSubgraph(edit, ROOT, ["5"], "Sampler", catalog);
    const definition = edit.document.sheets.root!.nodes[instance]!.type;
    const shownAs = (): string | null => promotedAs(edit.document.sheets[definition]!, "5", "steps", catalog);
    expect(shownAs()).toBeNull();
    const key = promoteWidget(edit, definition, "5", "steps", catalog)!;
    expect(shownAs()).toBe(key);
    removeBoundarySlot(edit, definition, "inputs", key);
    expect(shownAs()).toBeNull();
    expect(edit.document.sheets.root!.nodes[instance]!.inputs.map(({ key: slot }) => slot)).not.toContain(key);
    expect(prompt(edit.document)[`${instance}:5`]!.inputs.steps).toBe(20);
  });

  test("a muted instance mutes what is inside", () => {
    const edit = new Edit(example());
    setMode(edit, ROOT, [makeSubgraph(edit, ROOT, ["5", "6", "7"], "Part", catalog)], MUTED);
    expect(Object.keys(prompt(edit.document))).toEqual(["1", "2", "3", "4"]);
  });

  test("one that contains itself is named instead of followed for ever", () => {
    const edit = new Edit(example());
    const instance = makeSubgraph(edit, ROOT, ["5"], "Snake", catalog);
    const definition = edit.document.sheets.root!.nodes[instance]!.type;
    edit.set(["sheets", definition, "nodes", "99"], edit.document.sheets.root!.nodes[instance]);
    expect(() => prompt(edit.document)).toThrow("The subgraph 'Snake' contains itself; take the inner one out.");
  });
});

test("a copy of all nodes, pasted into an empty workflow, computes the same", () => {
  fc.assert(
    fc.property(steps, (list) => {
      const session = newSession();
      for (const step of list) perform(session, step);
      const clip = readClip(JSON.stringify(copyFrom(session.document, ROOT, Object.keys(session.sheet.nodes))))!;
      const edit = new Edit(emptyDocument("y"));
      if (clip.nodes.length) paste(edit, ROOT, clip, [10, 20], catalog);
      expect(meaning(prompt(edit.document))).toEqual(meaning(prompt(session.document)));
    }),
    { numRuns: 150 },
  );
});

test("the ancestors of a node are all that it needs", () => {
  expect([...ancestors(prompt(example()), ["6"])].sort()).toEqual(["1", "2", "3", "4", "5", "6"]);
});

test("variants are chosen, also nested ones; escaped braces stay; comments go", () => {
  let turn = 0;
  const random = (): number => [0.9, 0.6, 0][turn++ % 3]!;
  expect(chooseVariants("a {red|blue} {big {cat|dog}|x} \\{kept\\} // no\n/* nor this */end", random)).toBe("a blue big dog {kept} \nend");
});

test("dates and values of other nodes fill the name of a file", () => {
  const sheet = example().sheets.root!;
  expect(fillPrefix("%date:yyyy-MM-dd% %KSampler.seed% %Prompt.text% %width%", sheet, NOW)).toBe("2026-03-04 20 a red apple on a blue background %width%");
});
