import { openDialog } from "../../state/dialogs.ts";
import { notify, workspace } from "../../state/editor.ts";
import { saveTab } from "../../state/saved.ts";
import { text } from "../../texts/text.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "saveAs", label: "action.saveAs", group: "file", shortcut: "mod+shift+s", isGlobal: true, order: 3.1,
  perform: () => {
    const { tab } = workspace;
    if (tab) openDialog({ name: "name", title: text("action.saveAs"), value: tab.name, take: (wanted) => void saveTab(tab, wanted).then((name) => name !== null && notify(text("workflows.saved", { name })), (error: Error) => notify(error.message, "error")) });
  },
};
