import { emptyDocument } from "../../core/document.ts";
import { uuid } from "../../core/ids.ts";
import { openDialog } from "../../state/dialogs.ts";
import { notify, workspace } from "../../state/editor.ts";
import { saveTab } from "../../state/saved.ts";
import { text } from "../../texts/text.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "closeTab", label: "action.closeTab", group: "file", shortcut: "alt+w", order: 9,
  perform: () => {
    const { tab } = workspace;
    if (!tab) return;
    const { name, session } = tab;
    if (session.document === session.state.saved) return close(tab.id);
    openDialog({
      name: "confirm", title: text("tabs.close", { name }), message: text("tabs.closeSure", { name }),
      action: text("tabs.saveAndClose"), take: () => void saveTab(tab).then((saved) => saved !== null && close(tab.id), (error: Error) => notify(error.message, "error")),
      other: { action: text("tabs.closeUnsaved"), take: () => close(tab.id) },
    });
  },
};

function close(id: string): void {
  workspace.close(id);
  if (!workspace.tab) workspace.open(text("tabs.untitled"), emptyDocument(uuid()));
}
