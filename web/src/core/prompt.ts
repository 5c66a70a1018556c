/**
 * A document as the API graph that the server runs: subgraphs opened (inner ids are "12:5"), muted nodes left out,
 * bypassed and virtual nodes replaced by what feeds them.
 */
import { type Catalog, inputsOf } from "./catalog.ts";
import type { Document, Node, NodeId, Sheet, SheetId } from "./document.ts";
import { BYPASSED, INPUT_NODE, MUTED, OUTPUT_NODE, ROOT, isInstance, linkInto, sheetOf } from "./document.ts";
import { chooseVariants, fillPrefix } from "./dynamic.ts";
import type { Json, JsonObject } from "./json.ts";
import { shownInputs, titleOf } from "./slots.ts";
import { fits, isAny } from "./sockets.ts";
import { placesIn } from "./values.ts";

export interface ApiNode {
  readonly class_type: string;
  readonly inputs: { readonly [name: string]: Json };
  readonly _meta: { readonly title: string };
}

export type ApiPrompt = { readonly [id: string]: ApiNode };

/** A subgraph contains itself; the message names it. */
export class EndlessSubgraph extends Error {}

const NOTES = new Set(["Note", "MarkdownNote"]);

/** A sheet as seen through one instance of it (or the root). */
interface Place {
  readonly sheet: Sheet;
  readonly prefix: string;
  readonly instance?: Node;
  readonly outer?: Place;
}

type Source = { readonly id: string; readonly slot: number } | { readonly value: Json };

export interface PromptOptions {
  /** Chooses among {a|b} in prompts: a number in [0, 1) at each call. */
  readonly random: () => number;
  readonly now: Date;
}

export function makePrompt(document: Document, catalog: Catalog, options: PromptOptions): ApiPrompt {
  const made: Record<string, ApiNode> = {};
  const build = (place: Place): void => {
    for (const node of Object.values(place.sheet.nodes)) {
      if (node.mode === MUTED || node.mode === BYPASSED || isVirtual(node)) continue;
      if (isInstance(document, node)) build(enter(document, place, node));
      else made[place.prefix + node.id] = makeNode(node, place);
    }
  };
  const makeNode = (node: Node, place: Place): ApiNode => {
    const inputs: Record<string, Json> = {};
    const type = catalog.get(node.type);
    const declared = type ? inputsOf(type, (name) => node.values[name]) : [];
    for (const value of placesIn(document, node, catalog) ?? []) {
      if (value.input === undefined) continue;
      const input = declared.find(({ name }) => name === value.input);
      inputs[value.input] = wrap(prepare(node.values[value.name] ?? value.default, input?.options ?? {}, node, place.sheet));
    }
    for (const { key, type: wanted } of shownInputs(node, catalog)) {
      const link = linkInto(place.sheet, node.id, key);
      if (!link) continue;
      const source = resolve(place, link.from.node, link.from.slot, wanted, new Set());
      if (source && "value" in source) inputs[key] = wrap(source.value);
      else if (source) inputs[key] = [source.id, source.slot];
      else if (!declared.find(({ name }) => name === key)?.widget) delete inputs[key];
    }
    return { class_type: node.type, inputs, _meta: { title: titleOf(node, document, catalog) } };
  };
  const prepare = (value: Json, options_: JsonObject, node: Node, sheet: Sheet): Json => {
    if (typeof value !== "string") return value;
    const chosen = options_.dynamicPrompts === true ? chooseVariants(value, options.random) : value;
    return value.includes("%") && isSaver(node) ? fillPrefix(chosen, sheet, options.now) : chosen;
  };
  const isSaver = (node: Node): boolean => catalog.get(node.type)?.inputs.some(({ name }) => name === "filename_prefix") ?? false;

  const resolve = (place: Place, id: NodeId, slot: string, wanted: string, seen: Set<string>): Source | null => {
    if (id === INPUT_NODE) return fromOutside(place, slot, wanted, seen);
    const node = place.sheet.nodes[id];
    const step = `${place.prefix}${id}.${slot}`;
    if (!node || node.mode === MUTED || seen.has(step)) return null;
    seen.add(step);
    if (node.type === "PrimitiveNode") return { value: node.values.value ?? null };
    if (node.mode === BYPASSED || isVirtual(node)) {
      const input = node.mode === BYPASSED ? passage(node, slot, wanted) : node.inputs[node.outputs.findIndex(({ key }) => key === slot)]?.key;
      const link = input === undefined ? undefined : linkInto(place.sheet, id, input);
      return link ? resolve(place, link.from.node, link.from.slot, wanted, seen) : null;
    }
    if (isInstance(document, node)) {
      const inner = enter(document, place, node);
      const link = linkInto(inner.sheet, OUTPUT_NODE, slot);
      return link ? resolve(inner, link.from.node, link.from.slot, wanted, seen) : null;
    }
    const index = node.outputs.findIndex(({ key }) => key === slot);
    return { id: place.prefix + id, slot: Math.max(0, index) };
  };
  /** What comes in through the boundary of a subgraph: the outer link, else the instance's own value. */
  const fromOutside = (place: Place, slot: string, wanted: string, seen: Set<string>): Source | null => {
    const { instance, outer } = place;
    if (!instance || !outer) return null;
    const link = linkInto(outer.sheet, instance.id, slot);
    if (link) return resolve(outer, link.from.node, link.from.slot, wanted, seen);
    const value = instance.values[slot];
    return value === undefined || value === null ? null : { value };
  };
  build({ sheet: sheetOf(document, ROOT), prefix: "" });
  return dropLoose(made);
}

function enter(document: Document, outer: Place, instance: Node): Place {
  for (let at: Place | undefined = outer; at; at = at.outer)
    if (at.sheet.id === instance.type) throw new EndlessSubgraph(`The subgraph '${at.sheet.name}' contains itself; take the inner one out.`);
  return { sheet: sheetOf(document, instance.type as SheetId), prefix: `${outer.prefix}${instance.id}:`, instance, outer };
}

/** Through which input a bypassed node passes what its output would give. */
function passage(node: Node, slot: string, wanted: string): string | undefined {
  const index = Math.max(0, node.outputs.findIndex(({ key }) => key === slot));
  const given = node.outputs[index]?.type ?? "*";
  const sameIndex = node.inputs[index];
  if (isAny(wanted)) return (sameIndex ?? node.inputs[0])?.key;
  if (sameIndex && fits(sameIndex.type, given) && fits(sameIndex.type, wanted)) return sameIndex.key;
  const exact = node.inputs.find(({ type }) => type === wanted);
  return (exact ?? node.inputs.find(({ type }) => fits(type, given) && fits(type, wanted)))?.key;
}

export function isVirtual(node: Node): boolean {
  return NOTES.has(node.type) || node.type === "Reroute" || node.type === "PrimitiveNode";
}

function wrap(value: Json): Json {
  return Array.isArray(value) ? { __value__: value } : value;
}

/** Without links to nodes that are not there. */
function dropLoose(made: Record<string, ApiNode>): ApiPrompt {
  const isLoose = (value: Json): boolean => Array.isArray(value) && !(String(value[0]) in made);
  return Object.fromEntries(
    Object.entries(made).map(([id, node]) => [
      id,
      { ...node, inputs: Object.fromEntries(Object.entries(node.inputs).filter(([, value]) => !isLoose(value))) },
    ]),
  );
}

/** The ids in `made` of what the targets need: the targets and everything before them. */
export function ancestors(made: ApiPrompt, targets: Iterable<string>): Set<string> {
  const found = new Set<string>();
  const waiting = [...targets].filter((id) => id in made);
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    for (const value of Object.values(made[id]?.inputs ?? {})) if (Array.isArray(value)) waiting.push(String(value[0]));
  }
  return found;
}
