/** Workflows from files and into files. */
import { uploadFile } from "../api/inputs.ts";
import { importPrompt, isApiPrompt } from "../core/apiImport.ts";
import { addNode, setValue } from "../core/commands/nodes.ts";
import type { Point } from "../core/document.ts";
import { uuid } from "../core/ids.ts";
import { NotAWorkflow, importWorkflow } from "../core/importing.ts";
import { type FileKind, kindOf, valueOf } from "../core/inputFiles.ts";
import { readCarried } from "../core/pictures.ts";
import type { Session } from "../core/session.ts";
import { canvas, currentSession, notify, workspace } from "../state/editor.ts";
import { text } from "../texts/text.ts";
import { refreshChoices } from "../widgets/refresh.ts";

type Medium = Exclude<FileKind, "other">;

/** The node that loads a file of each kind, and its input that names the file. */
const LOADERS: Record<Medium, readonly [type: string, input: string]> = {
  image: ["LoadImage", "image"], audio: ["LoadAudio", "audio"], video: ["LoadVideo", "file"],
};
/** Workflows are far smaller; what is larger (a checkpoint, dropped by mistake) is not even read. */
const LONGEST_WORKFLOW_BYTES = 64e6;

/** Open a workflow file, or a picture that carries one, in a new tab. Pictures without a workflow, sounds and films become nodes. */
export async function openFile(file: File, at: Point = canvas.current?.pointer() ?? [0, 0]): Promise<Session | null> {
  const name = file.name.replace(/\.\w+$/, "");
  const kind = mediumOf(file);
  if (kind) {
    const carried = kind === "image" ? await readCarried(new Uint8Array(await file.arrayBuffer())) : {};
    const found = carried.workflow ?? carried.prompt;
    if (found !== undefined) return openText(name, JSON.stringify(found));
    await addMedium(file, kind, at);
    notify(text(`drop.added.${kind}`, { name: file.name }));
  } else if (isText(file)) return openText(name, await file.text());
  else notify(text("error.otherFile", { name: file.name }), "error");
  return null;
}

function mediumOf(file: File): Medium | null {
  const kind = file.type ? file.type.split("/")[0]! : kindOf(file.name);
  return kind in LOADERS ? (kind as Medium) : null;
}

function isText(file: File): boolean {
  return file.size < LONGEST_WORKFLOW_BYTES && (/json|text/.test(file.type) || /\.json$/i.test(file.name));
}

/** Open a workflow of the editor, or an API graph. Says what is wrong if it is neither. */
export function openText(name: string, content: string): Session | null {
  try {
    const file: unknown = JSON.parse(content);
    const document = isApiPrompt(file) ? importPrompt(file, workspace.catalog, uuid()) : importWorkflow(file, workspace.catalog, uuid());
    return workspace.open(name, document);
  } catch (error) {
    notify(text("error.notWorkflow", { name, reason: whatIsWrong(error) }), "error");
    return null;
  }
}

function whatIsWrong(error: unknown): string {
  if (error instanceof SyntaxError) return text("error.noJson");
  if (error instanceof NotAWorkflow) return text("error.noNodes");
  return error instanceof Error ? error.message : String(error);
}

/** Upload a file and add a node that loads it. */
export async function addMedium(file: File, kind: Medium, at: Point): Promise<void> {
  const session = currentSession();
  const saved = await uploadFile(file, file.name || "pasted.png");
  await refreshChoices();
  const [type, input] = LOADERS[kind];
  session.perform("Add a file", (edit) => {
    const id = addNode(edit, session.sheet.id, type, [Math.round(at[0]), Math.round(at[1])], workspace.catalog);
    setValue(edit, session.sheet.id, id, input, valueOf(saved, "input"));
  });
}

/** Several files dropped at once do not lie quite on each other. */
const NEXT_TO = 40;

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
      for (const [i, file] of files.entries()) await openFile(file, [at[0] + i * NEXT_TO, at[1] + i * NEXT_TO]);
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
