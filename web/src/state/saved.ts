/** Workflows saved under a name on the server, in the field's JSON, and workflows carried by a link. */
import { createStore } from "zustand/vanilla";
import { api } from "../api/client.ts";
import { exportWorkflow } from "../core/exporting.ts";
import { uuid } from "../core/ids.ts";
import { importWorkflow } from "../core/importing.ts";
import type { Tab } from "../core/workspace.ts";
import { text } from "../texts/text.ts";
import { confirmed } from "./dialogs.ts";
import { workspace } from "./editor.ts";
import { keepVersion } from "./versions.ts";

/** Counts what was saved, so that lists know when to read again. */
export const savedChanges = createStore<{ readonly count: number }>(() => ({ count: 0 }));

/** Save under a name; where another workflow has it, that is asked about first. Returns the name, or null if it was not saved. */
export async function saveTab(tab: Tab, name = tab.name): Promise<string | null> {
  const { document } = tab.session;
  const safe = name.replace(/[\\:*?"<>|\u0000-\u001f]+/g, " ").replace(/(^|\/)\.+/g, "$1").trim();
  const path = `workflows/${safe}.json`;
  const isOther = safe !== tab.file && (await api.readUserFile(path)) !== null;
  if (isOther && !(await confirmed({ title: text("action.save"), message: text("workflows.replaceSure", { name: safe }), action: text("workflows.replace") }))) return null;
  await api.writeUserFile(path, JSON.stringify(exportWorkflow(document, workspace.catalog), null, 1));
  workspace.setFile(tab.id, safe);
  tab.session.store.setState({ saved: document });
  savedChanges.setState(({ count }) => ({ count: count + 1 }));
  await keepVersion(document, "saved", safe);
  return safe;
}

export async function openSaved(path: string): Promise<void> {
  const name = path.replace(/\.json$/, "");
  const open = workspace.state.tabs.find(({ file }) => file === name);
  if (open) return workspace.activate(open.id);
  const content = await api.readUserFile(`workflows/${path}`);
  if (content === null) throw new Error(text("saved.gone", { name }));
  const { id } = workspace.open(name, importWorkflow(JSON.parse(content), workspace.catalog, uuid()));
  workspace.setFile(id, name);
}

const LINK = "#workflow=";

/** An address that carries the workflow itself; nothing is stored anywhere. */
export async function makeLink({ name, session }: Tab): Promise<string> {
  const content = JSON.stringify({ name, workflow: exportWorkflow(session.document, workspace.catalog) });
  const packed = new Blob([content]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
  const letters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const address = new URL(document.baseURI);
  address.hash = LINK + btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return address.href;
}

/** Open what the page's address carries: a workflow, a template or a saved one. False if it carries none. */
export async function openLink(address: URL, openTemplate: (name: string) => Promise<unknown>): Promise<boolean> {
  const { hash, searchParams } = address;
  const [template, saved] = [searchParams.get("template"), searchParams.get("open")];
  if (template) await openTemplate(template);
  else if (saved) await openSaved(saved.endsWith(".json") ? saved : `${saved}.json`);
  else if (hash.startsWith(LINK)) {
    const { name, workflow } = JSON.parse(await unpack(hash.slice(LINK.length))) as { name: string; workflow: unknown };
    workspace.open(String(name), importWorkflow(workflow, workspace.catalog, uuid()));
  } else return false;
  return true;
}

const LARGEST_BYTES = 20_000_000;

async function unpack(packed: string): Promise<string> {
  const letters = atob(packed.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    parts.push(step.value);
    size += step.value.length;
    if (size > LARGEST_BYTES) throw new Error(text("share.tooLarge"));
  }
  return new Blob(parts).text();
}
