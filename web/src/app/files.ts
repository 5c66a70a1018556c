/** Workflows from files and into files. */
import { importWorkflow } from "../core/importing.ts";
import type { Session } from "../core/session.ts";
import { uuid } from "../core/ids.ts";
import { notify, workspace } from "../state/editor.ts";
import { text } from "../texts/text.ts";

/** Open a workflow file in a new tab; says what is wrong if it is none. */
export async function openFile(file: File): Promise<Session | null> {
  return openText(file.name.replace(/\.json$/i, ""), await file.text());
}

export function openText(name: string, content: string): Session | null {
  try {
    return workspace.open(name, importWorkflow(JSON.parse(content), workspace.catalog, uuid()));
  } catch (error) {
    notify(text("error.notWorkflow", { name, reason: error instanceof Error ? error.message : String(error) }), "error");
    return null;
  }
}

export function chooseFiles(accept: string): Promise<File[]> {
  return new Promise((resolve) => {
    const input = document.createElement("input");
    Object.assign(input, { type: "file", accept, multiple: true });
    input.onchange = () => resolve([...(input.files ?? [])]);
    input.oncancel = () => resolve([]);
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
