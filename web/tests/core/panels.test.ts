import fc from "fast-check";
import { expect, test } from "vitest";
import { setValue } from "../../src/core/commands/nodes.ts";
import { compareDocuments } from "../../src/core/difference.ts";
import { ROOT } from "../../src/core/document.ts";
import { chooseFormInput, formCandidates, hasOwnForm } from "../../src/core/formInputs.ts";
import { readJournal, restore } from "../../src/core/journal.ts";
import { missingParts } from "../../src/core/missing.ts";
import { compareParameters, parametersOf } from "../../src/core/parameters.ts";
import type { Patch } from "../../src/core/edit.ts";
import { catalog, newSession, perform, steps } from "./samples.ts";

test("a snapshot and the journal after it, both read from text, give the document", () => {
  fc.assert(
    fc.property(steps, (list) => {
      const session = newSession();
      const snapshot = { generation: 4, document: session.document };
      const patches: Patch[] = [];
      session.onPerformed(({ patch }) => patches.push(patch));
      for (const step of list) perform(session, step);
      const journal = readJournal(JSON.parse(JSON.stringify({ generation: 4, patches })));
      expect(restore(JSON.parse(JSON.stringify(snapshot)), journal)).toEqual(JSON.parse(JSON.stringify(session.document)));
    }),
    { numRuns: 200 },
  );
});

test("a journal of an older snapshot is passed over, and so is one that is none", () => {
  const { document } = newSession();
  const patches = [[{ path: ["id"], before: document.id, after: "other" }]];
  expect(restore({ generation: 5, document }, { generation: 4, patches })).toBe(document);
  expect(readJournal({ generation: 5 })).toBeNull();
  expect(readJournal("half a fi")).toBeNull();
});

test("documents that differ in nothing have no difference, whatever was done to both", () => {
  fc.assert(
    fc.property(steps, (list) => {
      const session = newSession();
      for (const step of list) perform(session, step);
      expect(compareDocuments(session.document, JSON.parse(JSON.stringify(session.document)))).toEqual({ nodes: [], links: [] });
    }),
    { numRuns: 100 },
  );
});

test("the difference names what was changed, added and removed", () => {
  const session = newSession();
  const before = session.document;
  session.perform("Change steps", (edit) => setValue(edit, ROOT, "5", "steps", 7));
  session.perform("Delete", (edit) => edit.remove(["sheets", ROOT, "nodes", "2"]));
  const { nodes } = compareDocuments(before, session.document);
  expect(nodes.map(({ kind, node, values }) => [kind, node.id, values])).toEqual([
    ["removed", "2", []],
    ["changed", "5", [{ name: "steps", before: 20, after: 7 }]],
  ]);
});

test("parameters are the constants of a graph, and only those that differ are told apart", () => {
  const graph = (seed: number) => ({ 1: { class_type: "KSampler", inputs: { seed, model: ["2", 0], list: { __value__: [1] } }, _meta: { title: "Paint" } } });
  expect(parametersOf(graph(3)).map(({ title, input, value }) => [title, input, value])).toEqual([["Paint", "seed", 3], ["Paint", "list", [1]]]);
  expect(compareParameters(graph(3), graph(4))).toEqual([{ node: "1", type: "KSampler", title: "Paint", input: "seed", before: 3, after: 4 }]);
});

test("node types and files that the server lacks are found with their nodes", () => {
  const session = newSession();
  session.perform("Break", (edit) => {
    edit.set(["sheets", ROOT, "nodes", "2", "type"], "NoSuchNode");
    setValue(edit, ROOT, "1", "ckpt_name", "dream.safetensors");
  });
  expect(missingParts(session.document, catalog).map(({ kind, name, nodes }) => [kind, name, nodes.map(({ node }) => node)])).toEqual([
    ["file", "dream.safetensors", ["1"]],
    ["type", "NoSuchNode", ["2"]],
  ]);
});

test("the form shows what people change most until inputs are chosen, then those", () => {
  const session = newSession();
  const shown = () => formCandidates(session.document, catalog).filter(({ isChosen }) => isChosen).map(({ node, input }) => `${node.id}.${input.name}`);
  expect(shown()).toContain("5.seed");
  expect(hasOwnForm(session.document)).toBe(false);
  session.perform("Choose", (edit) => chooseFormInput(edit, catalog, "5", "cfg", true));
  expect(shown()).toEqual(expect.arrayContaining(["5.seed", "5.cfg"]));
  session.perform("Choose", (edit) => chooseFormInput(edit, catalog, "5", "seed", false));
  expect(shown()).not.toContain("5.seed");
  expect(hasOwnForm(session.document)).toBe(true);
});
