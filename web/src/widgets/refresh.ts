import { api } from "../api/client.ts";
import { readCatalog } from "../core/catalog.ts";
import { notify, workspace } from "../state/editor.ts";

/** Read the node types anew, and with them the lists of files. False if the server could not be asked; the user is told. */
export async function refreshChoices(): Promise<boolean> {
  try {
    workspace.setCatalog(readCatalog(await api.objectInfo()));
    return true;
  } catch (error) {
    notify(error instanceof Error ? error.message : String(error), "error");
    return false;
  }
}
