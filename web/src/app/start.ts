/** From an empty page to an open workflow. */
import { api } from "../api/client.ts";
import { readCatalog } from "../core/catalog.ts";
import { emptyDocument } from "../core/document.ts";
import { uuid } from "../core/ids.ts";
import { runner, workspace } from "../state/editor.ts";
import { keepSettings } from "../state/preferences.ts";
import { FIRST_TEMPLATE, openTemplate } from "../state/templates.ts";
import { text } from "../texts/text.ts";
import { listenToClipboard } from "./clipboard.ts";
import { listenToDrops } from "./files.ts";
import { listenToKeys } from "./shortcuts.ts";
import { followTheme } from "./theme.ts";

export async function start(): Promise<void> {
  keepSettings();
  followTheme();
  listenToKeys();
  listenToClipboard();
  listenToDrops();
  runner.connect();
  workspace.setCatalog(readCatalog(await api.objectInfo()));
  await openTemplate(FIRST_TEMPLATE).catch(() => workspace.open(text("tabs.untitled"), emptyDocument(uuid())));
}
