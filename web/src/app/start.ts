/** From an empty page to an open workflow. */
import { api } from "../api/client.ts";
import { readCatalog } from "../core/catalog.ts";
import { emptyDocument } from "../core/document.ts";
import { uuid } from "../core/ids.ts";
import { followTabs, readTabs, restoreTabs } from "../state/autosave.ts";
import { followCaptures } from "../state/captures.ts";
import { followDryRun } from "../state/dryRun.ts";
import { notify, runner, workspace } from "../state/editor.ts";
import { loadExtensions } from "../state/extensions.ts";
import { followPacks } from "../state/packs.ts";
import { keepSettings } from "../state/preferences.ts";
import { followChanges } from "../state/runChoices.ts";
import { openLink } from "../state/saved.ts";
import { FIRST_TEMPLATE, openTemplate } from "../state/templates.ts";
import { followRuns } from "../state/versions.ts";
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
  // Asked for together; opened when the node types are known.
  const tabs = readTabs();
  tabs.catch(() => undefined);
  workspace.setCatalog(readCatalog(await api.objectInfo()));
  await tabs.then(restoreTabs).catch((error: Error) => notify(error.message, "error"));
  await openLink(new URL(location.href), openTemplate).then(forgetLink, (error: Error) => notify(text("share.bad", { reason: error.message }), "error"));
  if (!workspace.tab) await openTemplate(FIRST_TEMPLATE).catch(() => workspace.open(text("tabs.untitled"), emptyDocument(uuid())));
  followTabs();
  followRuns();
  followChanges();
  followDryRun();
  followPacks();
  followCaptures();
  void loadExtensions().catch((error: Error) => notify(error.message, "error"));
}

/** A link is opened once; a reload then shows what became of it. */
function forgetLink(wasLink: boolean): void {
  if (!wasLink) return;
  const address = new URL(location.href);
  for (const name of ["template", "open"]) address.searchParams.delete(name);
  address.hash = "";
  history.replaceState(null, "", address);
}
