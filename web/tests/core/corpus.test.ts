/**
 * Workflows from the wild: set EASEL_CORPUS to a folder with workflow files (the PyPI package
 * comfyui-workflow-templates-json holds hundreds). Each must be saved as it was opened.
 */
import { readFileSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { exportWorkflow } from "../../src/core/exporting.ts";
import { importWorkflow } from "../../src/core/importing.ts";
import { type Json, type JsonObject, isObject } from "../../src/core/json.ts";
import { makePrompt } from "../../src/core/prompt.ts";
import { catalog } from "./samples.ts";

const folder = process.env.EASEL_CORPUS;
const names = folder ? readdirSync(folder).filter((name) => name.endsWith(".json")) : [];

if (names.length === 0) test.skip("EASEL_CORPUS names no folder with workflows", () => undefined);

test.each(names)("%s is saved as it was opened", (name) => {
  const file: unknown = JSON.parse(readFileSync(`${folder}/${name}`, "utf8"));
  if (!isObject(file) || !Array.isArray(file.nodes)) return;
  const document = importWorkflow(file, catalog, "x");
  const saved = JSON.parse(JSON.stringify(exportWorkflow(document, catalog))) as Json;
  if (isSound(file)) expect(sorted(saved)).toEqual(sorted(file));
  else expect(JSON.parse(JSON.stringify(exportWorkflow(importWorkflow(saved, catalog, "x"), catalog)))).toEqual(saved);
  makePrompt(document, catalog, { random: Math.random, now: new Date(0) });
});

/** Links are a set: their order in a file says nothing. */
function sorted(value: Json, name = ""): Json {
  if (Array.isArray(value)) {
    const items = value.map((item) => sorted(item));
    return /^(links|linkIds|reroutes|linkExtensions)$/.test(name) ? items.sort((a, b) => keyOf(a) - keyOf(b)) : items;
  }
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, sorted(inner, key)])) : value;
}

function keyOf(link: Json): number {
  return Number(Array.isArray(link) ? link[0] : isObject(link) ? link.id : link);
}

/** Whether slots and links of the file agree. About one in thirty does not: slots name links that are not there. */
function isSound(file: JsonObject): boolean {
  const ids = (slots: Json | undefined): string[] =>
    (Array.isArray(slots) ? slots : []).filter(isObject).flatMap((slot) => [slot.link, ...list(slot.links)]).filter((id) => typeof id === "number").map(String);
  const list = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
  const definitions = isObject(file.definitions) ? list(file.definitions.subgraphs).filter(isObject) : [];
  return [file, ...definitions].every((sheet) => {
    const links = new Map(list(sheet.links).map((link) => [String(keyOf(link)), link]));
    const nodes = list(sheet.nodes).filter(isObject);
    const used = nodes.flatMap((node) => [...ids(node.inputs), ...ids(node.outputs)]);
    const extra = isObject(sheet.extra) ? list(sheet.extra.reroutes) : [];
    const passed = [...list(sheet.inputs), ...list(sheet.outputs), ...list(sheet.reroutes), ...extra].filter(isObject).map((row) => list(row.linkIds).map(String));
    if (passed.some((row) => new Set(row).size !== row.length || row.some((id) => !links.has(id)))) return false;
    const inner = [...links.values()].flatMap((link) => (isObject(link) ? [link.origin_id, link.target_id] : Array.isArray(link) ? [link[1], link[3]] : []));
    const ends = inner.filter((id) => Number(id) >= 0).length;
    const largest = sheet === file && (file.last_link_id === undefined || Number(file.last_link_id) >= Math.max(0, ...[...links.keys()].map(Number)));
    const largestNode = sheet === file && (file.last_node_id === undefined || Number(file.last_node_id) >= Math.max(0, ...nodes.map(({ id }) => Number(id) || 0)));
    return used.length === ends && used.every((id) => links.has(id)) && (sheet !== file || (largest && largestNode));
  });
}
