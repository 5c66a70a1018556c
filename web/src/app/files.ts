/** Workflows from files and into files. */
import { api } from "../api/client.ts";
import { importPrompt, isApiPrompt } from "../core/apiImport.ts";
import { addNode, setValue } from "../core/commands/nodes.ts";
import type { Point } from "../core/document.ts";
import { uuid } from "../core/ids.ts";
import { importWorkflow } from "../core/importing.ts";
import { readCarried } from "../core/pictures.ts";
import type { Session } from "../core/session.ts";
import { canvas, currentSession, notify, workspace } from "../state/editor.ts";
import { text } from "../texts/text.ts";

/** Open a workflow file, or a picture that carries one, in a new tab. A picture without a workflow becomes a node. */
export async function openFile(file: File, at: Point = canvas.current?.pointer() ?? [0, 0]): Promise<Session | null> {
  const name = file.name.replace(/\.\w+$/, "");
  if (!file.type.startsWith("image/")) return openText(name, await file.text());
  const carried = await readCarried(new Uint8Array(await file.arrayBuffer()));
  const found = carried.workflow ?? carried.prompt;
  if (found !== undefined) return openText(name, JSON.stringify(found));
  notify(text("drop.noWorkflow", { name: file.name }));
  await addPicture(file, at);
  return null;
}

/** Open a workflow of the editor, or an API graph. Says what is wrong if it is neither. */
export function openText(name: string, content: string): Session | null {
  try {
    const file: unknown = JSON.parse(content);
    const document = isApiPrompt(file) ? importPrompt(file, workspace.catalog, uuid()) : importWorkflow(file, workspace.catalog, uuid());
    return workspace.open(name, document);
  } catch (error) {
    notify(text("error.notWorkflow", { name, reason: error instanceof Error ? error.message : String(error) }), "error");
    return null;
  }
}

/** Upload a picture and add a node that loads it. */
export async function addPicture(file: File, at: Point): Promise<void> {
  const session = currentSession();
  const { filename, subfolder } = await api.uploadImage(file, file.name || "pasted.png");
  session.perform("Add a picture", (edit) => {
    const id = addNode(edit, session.sheet.id, "LoadImage", [Math.round(at[0]), Math.round(at[1])], workspace.catalog);
    setValue(edit, session.sheet.id, id, "image", subfolder ? `${subfolder}/${filename}` : filename);
  });
}

/** Open whatever is dropped anywhere on the page; never replaces what is open. */
export function listenToDrops(): () => void {
  const allow = (event: DragEvent): void => {
    if (event.dataTransfer?.types.some((type) => type === "Files" || type === "text/uri-list")) event.preventDefault();
  };
  const take = async (event: DragEvent): Promise<void> => {
    if (event.defaultPrevented || !event.dataTransfer) return;
    const files = [...event.dataTransfer.files];
    const address = event.dataTransfer.getData("text/uri-list");
    if (!files.length && !address) return;
    event.preventDefault();
    const at = canvas.current?.toSheet([event.clientX, event.clientY]) ?? [0, 0];
    try {
      for (const file of files) await openFile(file, at);
      if (!files.length) await openAddress(address.split("\n")[0]!);
    } catch (error) {
      notify(error instanceof Error ? error.message : String(error), "error");
    }
  };
  const drop = (event: DragEvent): void => void take(event);
  window.addEventListener("dragover", allow);
  window.addEventListener("drop", drop);
  return () => {
    window.removeEventListener("dragover", allow);
    window.removeEventListener("drop", drop);
  };
}

/** Open a workflow or picture by its address on this server; the content policy allows no others. */
export async function openAddress(address: string): Promise<Session | null> {
  const response = await fetch(address);
  const name = new URL(address, document.baseURI).searchParams.get("filename") ?? address.split("/").at(-1)!;
  return openFile(new File([await response.blob()], name, { type: response.headers.get("Content-Type") ?? "" }));
}

export function chooseFiles(accept: string): Promise<File[]> {
  return new Promise((resolve) => {
    const input = document.createElement("input");
    Object.assign(input, { type: "file", accept, multiple: true, hidden: true });
    const end = (files: File[]): void => {
      input.remove();
      resolve(files);
    };
    input.onchange = () => end([...(input.files ?? [])]);
    input.oncancel = () => end([]);
    // Outside of the page it could be swept up before anybody has chosen.
    document.body.append(input);
    input.click();
  });
}

export function download(name: string, content: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
