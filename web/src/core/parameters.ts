/** What pictures were made with, as lines to read and to compare. */
import type { Json, JsonObject } from "./json.ts";
import { isObject, isSame } from "./json.ts";

/** One constant of one node of a graph. */
export interface Parameter {
  readonly node: string;
  readonly type: string;
  readonly title: string;
  readonly input: string;
  readonly value: Json;
}

/** A parameter that differs; a side that lacks it has undefined. */
export interface ParameterDifference extends Omit<Parameter, "value"> {
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

export function parametersOf(prompt: Json | undefined): Parameter[] {
  if (!isObject(prompt)) return [];
  return Object.entries(prompt).flatMap(([node, call]) => {
    if (!isObject(call) || !isObject(call.inputs)) return [];
    const type = String(call.class_type ?? "");
    const title = isObject(call._meta) && typeof call._meta.title === "string" ? call._meta.title : type;
    return Object.entries(call.inputs).flatMap(([input, value]) => (Array.isArray(value) ? [] : [{ node, type, title, input, value: unwrap(value) }]));
  });
}

export function compareParameters(before: Json | undefined, after: Json | undefined): ParameterDifference[] {
  const key = ({ node, type, input }: Parameter): string => `${node}\n${type}\n${input}`;
  const [first, second] = [parametersOf(before), parametersOf(after)].map((list) => new Map(list.map((item) => [key(item), item]))) as [Map<string, Parameter>, Map<string, Parameter>];
  return [...new Set([...first.keys(), ...second.keys()])].flatMap((name) => {
    const [a, b] = [first.get(name), second.get(name)];
    if (a && b && isSame(a.value, b.value)) return [];
    const { node, type, title, input } = (a ?? b)!;
    return [{ node, type, title, input, before: a?.value, after: b?.value }];
  });
}

export function readable(value: Json | undefined): string {
  return value === undefined ? "–" : typeof value === "string" ? value : JSON.stringify(value);
}

function unwrap(value: Json): Json {
  return isObject(value) && "__value__" in value ? ((value as JsonObject).__value__ ?? null) : value;
}
