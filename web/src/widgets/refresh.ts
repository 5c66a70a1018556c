import { api } from "../api/client.ts";
import { readCatalog } from "../core/catalog.ts";
import { notify, workspace } from "../state/editor.ts";

/** Read the node types anew, and with them the lists of files. */
export async function refreshChoices(): Promise<void> {
  try {
    workspace.setCatalog(readCatalog(await api.objectInfo()));
  } catch (error) {
    notify(error instanceof Error ? error.message : String(error), "error");
  }
}
