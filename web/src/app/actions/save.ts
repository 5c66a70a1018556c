import { exportWorkflow } from "../../core/exporting.ts";
import { workspace } from "../../state/editor.ts";
import type { Action } from "../action.ts";
import { download } from "../files.ts";

export const action: Action = {
  id: "save", label: "action.save", group: "file", shortcut: "mod+s", isGlobal: true, order: 3,
  perform: () => {
    const tab = workspace.tab;
    if (!tab) return;
    download(`${tab.name}.json`, JSON.stringify(exportWorkflow(tab.session.document, workspace.catalog), null, 1));
    tab.session.markSaved();
  },
};
