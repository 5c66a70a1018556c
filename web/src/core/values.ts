/**
 * Widget values: by position in a file, by name in the editor. The order is that of the inputs in /object_info; some
 * inputs take further places that hold no input of the node (control after generate, an upload button).
 */
import type { Catalog, InputType, NodeType } from "./catalog.ts";
import { hasControl } from "./catalog.ts";
import type { Document, Node } from "./document.ts";
import type { Json, JsonObject } from "./json.ts";
import { isObject, isSame } from "./json.ts";

/** A place among a node's saved values. `input` is the input that it feeds, if it feeds one. */
export interface ValuePlace {
  readonly name: string;
  readonly default: Json;
  readonly input?: string;
}

export const CONTROL = ":control";
const FILTER = ":filter";

/** Finds a node's value by the place's name, or by its number where values are not named yet. */
export type ValueOf = (name: string, at: number) => Json | undefined;

export function placesOf(type: NodeType, valueOf: ValueOf, withForced = false): ValuePlace[] {
  const places: ValuePlace[] = [];
  let uploads = 0;
  const add = (input: InputType): void => {
    if (!input.widget) {
      const isForced = withForced && input.options.forceInput === true && /^(INT|FLOAT|STRING|BOOLEAN|COMBO)$/.test(input.type);
      if (isForced) places.push({ name: `${input.name}:forced`, default: null });
      return;
    }
    places.push({ name: input.name, default: input.widget.default, input: input.name });
    if (hasControl(input.name, input.type, input.options)) {
      places.push({ name: input.name + CONTROL, default: "randomize" });
      if (input.type === "COMBO") places.push({ name: input.name + FILTER, default: "" });
    }
    if (["image_upload", "video_upload", "audio_upload"].some((option) => input.options[option] === true)) uploads += 1;
    const chosen = input.variants && String(valueOf(input.name, places.length - 1) ?? input.widget.default);
    if (chosen !== undefined) input.variants![chosen]?.forEach(add);
  };
  type.inputs.forEach(add);
  for (let i = 0; i < uploads; i += 1) places.push({ name: `upload:${i}`, default: "image" });
  return places;
}

const VIRTUAL_PLACES: Record<string, ValuePlace[]> = {
  Note: [{ name: "text", default: "" }],
  MarkdownNote: [{ name: "text", default: "" }],
  PrimitiveNode: [{ name: "value", default: null }, { name: `value${CONTROL}`, default: "fixed" }],
};

/** The places of a node's values, or null when nobody knows them: then the file's values are kept as they are. */
export function placesOfNode(type: string, properties: JsonObject, catalog: Catalog, isDefined: boolean, values?: Json): ValuePlace[] | null {
  const known = catalog.get(type);
  if (known) return placesOf(known, findIn(values));
  if (VIRTUAL_PLACES[type]) return VIRTUAL_PLACES[type];
  return isDefined && Array.isArray(properties.proxyWidgets) ? promotedPlaces(properties.proxyWidgets) : null;
}

function findIn(values: Json | undefined): ValueOf {
  return (name, at) => (Array.isArray(values) ? (values[at] as Json | undefined) : isObject(values) ? values[name] : undefined);
}

/** An instance's promoted widgets: ["-1", name] is a value of the instance, [inner node, name] one of the inner node. */
function promotedPlaces(proxies: readonly Json[]): ValuePlace[] {
  return proxies.map((entry, i) => {
    const [node, name] = Array.isArray(entry) ? entry.map(String) : ["", String(i)];
    return node === "-1" ? { name: name!, default: null, input: name! } : { name: `${node}.${name}`, default: null };
  });
}

export interface ReadValues {
  readonly values: { readonly [name: string]: Json };
  /** What did not fit the places, or the whole when there are no places; goes back into the file as it came. */
  readonly kept: JsonObject;
}

export function readValues(saved: Json | undefined, places: ValuePlace[] | null, type?: NodeType): ReadValues {
  if (saved === undefined || saved === null) return { values: defaults(places), kept: saved === null ? { widgets_values: null } : {} };
  if (places === null) return { values: {}, kept: { widgets_values: saved } };
  if (isObject(saved)) return readNamed(saved, places);
  if (!Array.isArray(saved)) return { values: defaults(places), kept: { widgets_values: saved } };
  const list = dropForced(saved, places, type);
  const values: Record<string, Json> = defaults(places);
  places.forEach((place, i) => {
    if (i < list.length) values[place.name] = list[i]!;
  });
  const kept: Record<string, Json> = {};
  if (list.length > places.length) kept.surplus = list.slice(places.length);
  if (list.length < places.length) kept.count = list.length;
  return { values, kept };
}

export function writeValues(node: Pick<Node, "values" | "rest">, places: ValuePlace[] | null): Json | undefined {
  const { widgets_values: raw, surplus, count, isNamed } = (node.rest["easel:values"] ?? {}) as { [name: string]: Json };
  if (places === null || raw !== undefined) return raw;
  if (isNamed === true) return { ...((surplus as JsonObject) ?? {}), ...node.values };
  const list = places.map((place) => (node.values[place.name] === undefined ? place.default : node.values[place.name]!));
  if (typeof count === "number" && places.slice(count).every((p, i) => isSame(list[count + i], p.default)))
    return list.slice(0, count);
  return [...list, ...(Array.isArray(surplus) ? (surplus as Json[]) : [])];
}

function readNamed(saved: JsonObject, places: ValuePlace[]): ReadValues {
  const values: Record<string, Json> = {};
  const surplus: Record<string, Json> = {};
  for (const [name, value] of Object.entries(saved))
    (places.some((place) => place.name === name) ? values : surplus)[name] = value;
  return { values, kept: { isNamed: true, surplus } };
}

/** Files from before widgets had sockets hold a dummy for each input that is forced to be a socket. */
function dropForced(saved: readonly Json[], places: ValuePlace[], type?: NodeType): readonly Json[] {
  if (!type || saved.length === places.length) return saved;
  const old = placesOf(type, findIn(saved as Json), true);
  if (old.length === places.length || saved.length !== old.length) return saved;
  return saved.filter((_, i) => !old[i]!.name.endsWith(":forced"));
}

function defaults(places: ValuePlace[] | null): Record<string, Json> {
  return Object.fromEntries((places ?? []).map((place) => [place.name, place.default]));
}

export function placesIn(document: Document, node: Node, catalog: Catalog): ValuePlace[] | null {
  return placesOfNode(node.type, node.properties, catalog, node.type in document.sheets, node.values);
}
