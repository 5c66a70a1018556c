/** Node types as the server describes them at /object_info, with the sockets and widgets of each told apart. */
import type { Json, JsonObject } from "./json.ts";
import { isObject } from "./json.ts";

/** What the widget registry has components for; other names belong to node packs. */
export type WidgetKind = "number" | "seed" | "text" | "choice" | "toggle" | "image" | (string & {});

export interface WidgetSpec {
  readonly kind: WidgetKind;
  readonly default: Json;
  readonly choices?: readonly Json[];
  /** The options as the server sent them: min, max, step, round, multiline, tooltip ... */
  readonly options: JsonObject;
}

export interface InputType {
  readonly name: string;
  readonly type: string;
  readonly isOptional: boolean;
  /** Absent when the input is a socket only. */
  readonly widget?: WidgetSpec;
  readonly options: JsonObject;
}

export interface OutputType {
  readonly name: string;
  readonly type: string;
  readonly isList: boolean;
  readonly tooltip?: string;
}

export interface NodeType {
  readonly name: string;
  readonly title: string;
  readonly category: string;
  readonly description: string;
  readonly aliases: readonly string[];
  readonly inputs: readonly InputType[];
  readonly outputs: readonly OutputType[];
  readonly isOutput: boolean;
  readonly isDeprecated: boolean;
  readonly isExperimental: boolean;
  readonly pack: string;
}

export type Catalog = ReadonlyMap<string, NodeType>;

const WIDGET_TYPES = new Set(["INT", "FLOAT", "STRING", "BOOLEAN", "COMBO"]);

export function readCatalog(answer: JsonObject): Catalog {
  const found = new Map<string, NodeType>();
  for (const [name, info] of Object.entries(answer)) if (isObject(info)) found.set(name, readNodeType(name, info));
  return found;
}

export function readNodeType(name: string, info: JsonObject): NodeType {
  const sections = isObject(info.input) ? info.input : {};
  const order = isObject(info.input_order) ? info.input_order : {};
  const names = texts(info.output_name);
  const types = Array.isArray(info.output) ? info.output : [];
  const lists = Array.isArray(info.output_is_list) ? info.output_is_list : [];
  const tooltips = texts(info.output_tooltips);
  return {
    name,
    title: text(info.display_name) || name,
    category: text(info.category),
    description: text(info.description),
    aliases: texts(info.search_aliases),
    inputs: ["required", "optional"].flatMap((section) =>
      readInputs(sections[section], texts(order[section]), section === "optional"),
    ),
    outputs: types.map((type: Json, i: number) => ({
      name: names[i] || typeName(type),
      type: typeName(type),
      isList: lists[i] === true,
      ...(tooltips[i] ? { tooltip: tooltips[i] } : {}),
    })),
    isOutput: info.output_node === true,
    isDeprecated: info.deprecated === true,
    isExperimental: info.experimental === true,
    pack: text(info.python_module),
  };
}

function readInputs(section: Json | undefined, order: readonly string[], isOptional: boolean): InputType[] {
  if (!isObject(section)) return [];
  const names = [...order.filter((name) => name in section), ...Object.keys(section).filter((n) => !order.includes(n))];
  return names.flatMap((name) => {
    const spec = section[name];
    if (!Array.isArray(spec)) return [];
    const options = isObject(spec[1]) ? spec[1] : {};
    const widget = readWidget(name, spec[0] as Json, options);
    return [{ name, type: typeName(spec[0] as Json), isOptional, options, ...(widget ? { widget } : {}) }];
  });
}

function readWidget(name: string, type: Json, options: JsonObject): WidgetSpec | undefined {
  if (options.forceInput === true) return undefined;
  const widgetType = text(options.widgetType) || typeName(type);
  if (!WIDGET_TYPES.has(widgetType)) return undefined;
  const choices = Array.isArray(type) ? type : Array.isArray(options.options) ? options.options : undefined;
  const kind = widgetKind(name, widgetType, options);
  const start = options.default ?? firstValue(kind, choices, options);
  return { kind, default: start as Json, options, ...(choices || kind === "choice" ? { choices: choices ?? [] } : {}) };
}

function widgetKind(name: string, type: string, options: JsonObject): WidgetKind {
  if (type === "INT") return hasControl(name, type, options) ? "seed" : "number";
  if (type === "FLOAT") return "number";
  if (type === "STRING") return "text";
  if (type === "BOOLEAN") return "toggle";
  return options.image_upload === true ? "image" : "choice";
}

/** Whether a control after generate belongs to the input, which takes a place of its own among the saved values. */
export function hasControl(name: string, type: string, options: JsonObject): boolean {
  if (options.control_after_generate === true) return type === "INT" || type === "COMBO";
  return type === "INT" && (name === "seed" || name === "noise_seed") && options.control_after_generate === undefined;
}

function firstValue(kind: WidgetKind, choices: readonly Json[] | undefined, options: JsonObject): Json {
  if (kind === "number" || kind === "seed") return typeof options.min === "number" ? Math.max(options.min, 0) : 0;
  if (kind === "toggle") return false;
  if (kind === "text") return "";
  return choices?.[0] ?? "";
}

function typeName(type: Json): string {
  return Array.isArray(type) ? "COMBO" : typeof type === "string" ? type : String(type ?? "*");
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map((item) => (typeof item === "string" ? item : "")) : [];
}
