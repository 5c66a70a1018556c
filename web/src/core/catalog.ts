/** Node types as the server describes them at /object_info, with the sockets and widgets of each told apart. */
import type { Json, JsonObject } from "./json.ts";
import { isObject } from "./json.ts";

/** What the widget registry has components for; other names belong to node packs. */
export type WidgetKind = "number" | "seed" | "text" | "choice" | "choices" | "slider" | "toggle" | "image" | "file" | "color" | "box" | "boxes" | "painter" | "webcam" | "recorder" | "curve" | "compare" | "kept" | (string & {});

export interface WidgetSpec {
  readonly kind: WidgetKind;
  readonly default: Json;
  readonly choices?: readonly Json[];
  /** A number without fractions. */
  readonly isWhole?: boolean;
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
  /** A choice that brings inputs of its own: those of each choice, named `resize_type.width`. */
  readonly variants?: { readonly [choice: string]: readonly InputType[] };
  /** A row of sockets that grows as it is linked. */
  readonly growth?: Growth;
}

export interface Growth {
  readonly names: readonly string[];
  readonly least: number;
  readonly type: string;
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

/** The inputs that a node with these values has: those of its type, and those of what was chosen. */
export function inputsOf(type: NodeType, valueOf: (name: string) => Json | undefined): InputType[] {
  const open = (input: InputType): InputType[] => {
    const chosen = input.variants && String(valueOf(input.name) ?? input.widget?.default ?? "");
    return [input, ...(chosen === undefined ? [] : (input.variants![chosen] ?? []).flatMap(open))];
  };
  return type.inputs.flatMap(open);
}

export type Catalog = ReadonlyMap<string, NodeType>;

/** Types whose inputs have a widget, with the widget's kind where the type alone decides it. */
const WIDGET_TYPES: ReadonlyMap<string, WidgetKind | null> = new Map([
  ["INT", null], ["FLOAT", null], ["STRING", "text"], ["BOOLEAN", "toggle"], ["COMBO", null], ["COLOR", "color"], ["BOUNDING_BOX", "box"],
  ["BOUNDING_BOXES", "boxes"], ["PAINTER", "painter"], ["WEBCAM", "webcam"], ["AUDIO_RECORD", "recorder"], ["CURVE", "curve"], ["IMAGECOMPARE", "compare"], ["LOAD_3D", "kept"],
]);
/** Values that the editor keeps for itself; people neither see nor link them. */
const KEPT = new Set(["last_incoming"]);
/** What a 3D window shows: a value with a place of its own in files, "" as long as there is no window. */
const SCENE = "LOAD_3D";
const DYNAMIC_COMBO = "COMFY_DYNAMICCOMBO_V3";
const AUTOGROW = "COMFY_AUTOGROW_V3";
const MATCH_TYPE = "COMFY_MATCHTYPE_V3";
const LONGEST_GROWTH = 100;

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
      name: names[i] || outputType(type),
      type: outputType(type),
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
    return [readInput(name, spec[0] as Json, options, isOptional)];
  });
}

function readInput(name: string, type: Json, options: JsonObject, isOptional: boolean): InputType {
  const common = { name, isOptional, options };
  const template = isObject(options.template) ? options.template : {};
  if (type === DYNAMIC_COMBO) return { ...common, type: "COMBO", ...readVariants(name, options) };
  if (type === AUTOGROW) return { ...common, type: AUTOGROW, growth: readGrowth(name, template) };
  if (type === MATCH_TYPE) return { ...common, type: text(template.allowed_types) || "*" };
  const widget = readWidget(name, type, options);
  return { ...common, type: typeName(type), ...(widget ? { widget } : {}) };
}

function readVariants(name: string, options: JsonObject): Pick<InputType, "widget" | "variants"> {
  const found = (Array.isArray(options.options) ? options.options : []).filter(isObject);
  const choices = found.map(({ key }) => text(key));
  const variants = found.map(({ key, inputs }) => {
    const sections = isObject(inputs) ? inputs : {};
    const read = ["required", "optional"].flatMap((section) => readInputs(sections[section], [], section === "optional"));
    return [text(key), read.map((input) => inside(name, input))] as const;
  });
  return { widget: { kind: "choice", default: options.default ?? choices[0] ?? "", choices, options }, variants: Object.fromEntries(variants) };
}

/** The input as it is called inside a group: `resize_type.width`. */
function inside(group: string, input: InputType): InputType {
  const { variants, growth } = input;
  return {
    ...input, name: `${group}.${input.name}`,
    ...(variants ? { variants: Object.fromEntries(Object.entries(variants).map(([key, list]) => [key, list.map((child) => inside(group, child))])) } : {}),
    ...(growth ? { growth: { ...growth, names: growth.names.map((slot) => `${group}.${slot}`) } } : {}),
  };
}

function readGrowth(name: string, template: JsonObject): Growth {
  const sections = isObject(template.input) ? template.input : {};
  const [item] = ["required", "optional"].flatMap((section) => readInputs(sections[section], [], false));
  const most = typeof template.max === "number" ? Math.min(template.max, LONGEST_GROWTH) : LONGEST_GROWTH;
  const given = texts(template.names);
  const names = given.length ? given : Array.from({ length: most }, (_, i) => `${text(template.prefix)}${i}`);
  return { names: names.map((slot) => `${name}.${slot}`), least: typeof template.min === "number" ? template.min : 1, type: item?.type ?? "*" };
}

function outputType(type: Json): string {
  return type === MATCH_TYPE ? "*" : typeName(type);
}

function readWidget(name: string, type: Json, options: JsonObject): WidgetSpec | undefined {
  if (options.forceInput === true) return undefined;
  const widgetType = text(options.widgetType) || typeName(type);
  if (!WIDGET_TYPES.has(widgetType)) return undefined;
  const choices = Array.isArray(type) ? type : Array.isArray(options.options) ? options.options : undefined;
  const kind = widgetKind(name, widgetType, options);
  const start = options.default ?? (widgetType === SCENE ? "" : firstValue(kind, choices, options));
  return { kind, default: start as Json, options, ...(widgetType === "INT" ? { isWhole: true } : {}), ...(choices || kind === "choice" ? { choices: choices ?? [] } : {}) };
}

function widgetKind(name: string, type: string, options: JsonObject): WidgetKind {
  if (type === "BOUNDING_BOXES" && KEPT.has(name)) return "kept";
  const decided = WIDGET_TYPES.get(type);
  if (decided) return decided;
  if (type === "INT" && options.display === "color") return "color";
  if (type === "INT") return hasControl(name, type, options) ? "seed" : isBounded(options) ? "slider" : "number";
  if (type === "FLOAT") return isBounded(options) ? "slider" : "number";
  if (options.image_upload === true) return "image";
  if (FILE_UPLOADS.some((option) => options[option] === true)) return "file";
  return options.multiselect === true ? "choices" : "choice";
}

/** Whether the node asks for a slider, and the number has two ends. */
function isBounded(options: JsonObject): boolean {
  return options.display === "slider" && typeof options.min === "number" && typeof options.max === "number";
}

const FILE_UPLOADS = ["audio_upload", "video_upload", "latent_upload", "file_upload"];

/** Whether a control after generate belongs to the input, which takes a place of its own among the saved values. */
export function hasControl(name: string, type: string, options: JsonObject): boolean {
  if (options.control_after_generate === true) return type === "INT" || type === "COMBO";
  return type === "INT" && (name === "seed" || name === "noise_seed") && options.control_after_generate === undefined;
}

function firstValue(kind: WidgetKind, choices: readonly Json[] | undefined, options: JsonObject): Json {
  if (kind === "number" || kind === "seed" || kind === "slider") return typeof options.min === "number" ? Math.max(options.min, 0) : 0;
  if (kind === "toggle") return false;
  if (kind === "text" || kind === "painter" || kind === "webcam" || kind === "recorder") return "";
  if (kind === "boxes" || kind === "kept") return [];
  if (kind === "curve") return { points: [[0, 0], [1, 1]], interpolation: "monotone_cubic" };
  if (kind === "compare") return null;
  if (kind === "color") return options.display === "color" ? 0 : "#ffffff";
  if (kind === "box") return { x: 0, y: 0, width: 512, height: 512 };
  if (kind === "choices") return [];
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
