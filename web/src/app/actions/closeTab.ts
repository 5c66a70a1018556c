import { emptyDocument } from "../../core/document.ts";
import { uuid } from "../../core/ids.ts";
import { workspace } from "../../state/editor.ts";
import { text } from "../../texts/text.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "closeTab", label: "action.closeTab", group: "file", shortcut: "alt+w", order: 9,
  perform: () => {
    workspace.close(workspace.state.active);
    if (!workspace.tab) workspace.open(text("tabs.untitled"), emptyDocument(uuid()));
  },
};
