/** Changes of the gallery that did not come from a run, and opening the workflow of a picture. */
import { createStore } from "zustand/vanilla";
import { deleteFiles, fileOf, readInfo, type GalleryItem } from "../api/gallery.ts";
import { importPrompt, isApiPrompt } from "../core/apiImport.ts";
import { uuid } from "../core/ids.ts";
import { importWorkflow } from "../core/importing.ts";
import { isObject } from "../core/json.ts";
import { text } from "../texts/text.ts";
import { notify, workspace } from "./editor.ts";

export const galleryChanges = createStore<{ readonly count: number }>(() => ({ count: 0 }));

export async function deleteItem({ name }: GalleryItem): Promise<void> {
  await deleteFiles([name]);
  galleryChanges.setState(({ count }) => ({ count: count + 1 }));
}

/** Open what a saved file was made with; a graph of the API will do where it carries no workflow. */
export async function openWorkflowOf(item: GalleryItem): Promise<boolean> {
  const { workflow, prompt } = await readInfo(fileOf(item));
  const name = item.filename.replace(/\.\w+$/, "");
  if (isObject(workflow) && Array.isArray(workflow.nodes)) workspace.open(name, importWorkflow(workflow, workspace.catalog, uuid()));
  else if (isApiPrompt(prompt)) workspace.open(name, importPrompt(prompt, workspace.catalog, uuid()));
  else {
    notify(text("drop.noWorkflow.gallery", { name: item.filename }), "error");
    return false;
  }
  return true;
}
