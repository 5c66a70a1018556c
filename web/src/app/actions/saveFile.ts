import { exportWorkflow } from "../../core/exporting.ts";
import { workspace } from "../../state/editor.ts";
import type { Action } from "../action.ts";
import { download } from "../files.ts";

export const action: Action = {
  id: "saveFile", label: "action.saveFile", group: "file", order: 3.2,
  perform: () => {
    const { tab } = workspace;
    if (tab) download(`${tab.name}.json`, JSON.stringify(exportWorkflow(tab.session.document, workspace.catalog), null, 1));
  },
};
