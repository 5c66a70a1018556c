/**
 * Extensions: modules that node packs bring for the editor (WEB_DIRECTORY). The contract, version 1:
 *
 *     export const easel = { version: 1, name: "My pack", setup(editor) { editor.addCommand("Say hello", () => editor.notify("Hello")); } };
 *
 * `setup` gets an ExtensionApi and may be async. A module that exports no `easel` was written for another editor and is
 * left alone. One that throws is named and does no harm to the rest. Each can be switched off in the settings;
 * `?safe=1` in the address loads none.
 */
import { createStore } from "zustand/vanilla";
import { getJson } from "../api/client.ts";
import { exportWorkflow } from "../core/exporting.ts";
import type { Json, JsonObject } from "../core/json.ts";
import { settings } from "../core/settings.ts";
import { notify, runner, workspace } from "./editor.ts";
import { text } from "../texts/text.ts";

export const CONTRACT_VERSION = 1;

/** What an extension can do. Additions keep the version; anything else raises it. */
export interface ExtensionApi {
  readonly version: number;
  notify(message: string, kind?: "info" | "error"): void;
  /** A command by name, in the command palette and in the settings. */
  addCommand(label: string, perform: () => void | Promise<void>): void;
  /**
   * Draw the widget of one input of a node type. `mount` fills the element; what it returns hears of new values and of
   * the end. Where it fails, the input gets its usual widget.
   */
  addWidget(nodeType: string, input: string, mount: MountWidget): void;
  /** Told of every message of the server. Returns how to stop. */
  onMessage(listener: (type: string, data: JsonObject) => void): () => void;
  /** The workflow in view, in the field's JSON; null while none is open. */
  readWorkflow(): JsonObject | null;
  run(): Promise<void>;
}

export interface WidgetContext {
  readonly nodeType: string;
  readonly input: string;
  readonly value: Json;
  /** Changes of one gesture, by any name, are undone together. */
  setValue(value: Json, gesture?: string): void;
}

export interface MountedWidget {
  update?(value: Json): void;
  destroy?(): void;
}

export type MountWidget = (element: HTMLElement, context: WidgetContext) => MountedWidget | void;

export interface ExtensionWidget {
  readonly extension: string;
  readonly mount: MountWidget;
}

export interface ExtensionCommand {
  readonly label: string;
  perform(): void;
}

export interface LoadedExtension {
  readonly url: string;
  readonly name: string;
  readonly state: "works" | "broken" | "foreign" | "off";
  readonly message: string;
  readonly commands: readonly ExtensionCommand[];
  /** By "node type.input". */
  readonly widgets: ReadonlyMap<string, ExtensionWidget>;
}

/** Who draws that input, if an extension does. */
export function widgetFor({ loaded }: { readonly loaded: readonly LoadedExtension[] }, nodeType: string, input: string): ExtensionWidget | undefined {
  for (const { widgets } of loaded) {
    const found = widgets.get(`${nodeType}.${input}`);
    if (found) return found;
  }
  return undefined;
}

export const extensions = createStore<{ readonly loaded: readonly LoadedExtension[]; readonly isSafeMode: boolean }>(() => ({ loaded: [], isSafeMode: false }));

const LIMIT_MS = 10_000;

/** Load the modules of all packs, each by itself. */
export async function loadExtensions(): Promise<void> {
  if (new URL(document.baseURI).searchParams.get("safe") === "1") {
    extensions.setState({ isSafeMode: true });
    notify(text("extensions.safe"));
    return;
  }
  const urls = await getJson<string[]>("extensions");
  await Promise.all(urls.map(load));
}

async function load(url: string): Promise<void> {
  const pack = decodeURIComponent(url.split("/")[2] ?? url);
  const add = (found: Pick<LoadedExtension, "name" | "state"> & Partial<LoadedExtension>): void =>
    extensions.setState(({ loaded }) => ({ loaded: [...loaded.filter((other) => other.url !== url), { url, message: "", commands: [], widgets: new Map(), ...found }] }));
  if (settings.getState().extensionsOff.includes(url)) return add({ name: pack, state: "off" });
  const address = new URL(url.replace(/^\//, ""), document.baseURI);
  try {
    const source = await (await fetch(address)).text();
    if (!/\beasel\b/.test(source)) return add({ name: pack, state: "foreign", message: text("extensions.foreignHelp") });
    const { easel } = (await import(/* @vite-ignore */ address.href)) as { easel?: { version?: unknown; name?: unknown; setup?: unknown } };
    if (typeof easel?.setup !== "function") return add({ name: pack, state: "foreign", message: text("extensions.foreignHelp") });
    const name = typeof easel.name === "string" ? easel.name : pack;
    if (easel.version !== CONTRACT_VERSION) throw new Error(text("extensions.version", { wanted: String(easel.version), version: CONTRACT_VERSION }));
    const [commands, widgets] = [[] as ExtensionCommand[], new Map<string, ExtensionWidget>()];
    const setup = easel.setup as (api: ExtensionApi) => unknown;
    await inTime(Promise.resolve(setup(makeApi(name, commands, widgets))));
    add({ name, state: "works", commands, widgets });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    add({ name: pack, state: "broken", message });
    notify(text("extensions.failed", { name: pack, reason: message }), "error");
  }
}

function makeApi(name: string, commands: ExtensionCommand[], widgets: Map<string, ExtensionWidget>): ExtensionApi {
  const guard = <Arguments extends unknown[]>(work: (...given: Arguments) => unknown) => (...given: Arguments): void => {
    const fail = (error: unknown): void => notify(text("extensions.failed", { name, reason: error instanceof Error ? error.message : String(error) }), "error");
    try {
      void Promise.resolve(work(...given)).catch(fail);
    } catch (error) {
      fail(error);
    }
  };
  return Object.freeze({
    version: CONTRACT_VERSION,
    notify: (message: string, kind: "info" | "error" = "info") => notify(`${name}: ${message}`, kind),
    addCommand: (label: string, perform: () => void | Promise<void>) => void commands.push({ label: String(label), perform: guard(perform) }),
    addWidget: (nodeType: string, input: string, mount: MountWidget) => void widgets.set(`${nodeType}.${input}`, { extension: name, mount }),
    onMessage: (listener: (type: string, data: JsonObject) => void) => runner.onMessage(guard(listener)),
    readWorkflow: () => (workspace.tab ? exportWorkflow(workspace.tab.session.document, workspace.catalog) : null),
    run: () => runner.run(),
  });
}

async function inTime(work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(text("extensions.late"))), LIMIT_MS);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
