import { notify, workspace } from "../../state/editor.ts";
import { saveTab } from "../../state/saved.ts";
import { text } from "../../texts/text.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "save", label: "action.save", group: "file", shortcut: "mod+s", isGlobal: true, order: 3,
  perform: async () => {
    const { tab } = workspace;
    if (!tab) return;
    const name = await saveTab(tab);
    if (name !== null) notify(text("workflows.saved", { name }));
  },
};
