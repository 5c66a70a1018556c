import { openDialog } from "../../state/dialogs.ts";
import { workspace } from "../../state/editor.ts";
import { text } from "../../texts/text.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "renameTab", label: "action.renameTab", group: "file", order: 3.3,
  perform: () => {
    const { tab } = workspace;
    if (tab) openDialog({ name: "name", title: text("action.renameTab"), value: tab.name, take: (name) => workspace.rename(tab.id, name) });
  },
};
