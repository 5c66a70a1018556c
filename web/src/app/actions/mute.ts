import { toggleMode } from "../../core/commands/nodes.ts";
import { MUTED } from "../../core/document.ts";
import { selectedNodes } from "../../core/session.ts";
import { currentSession } from "../../state/editor.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "mute", label: "action.mute", group: "node", shortcut: "mod+m", order: 1,
  isEnabled: () => selectedNodes(currentSession().state).length > 0,
  perform: () => {
    const session = currentSession();
    session.perform("Mute", (edit) => toggleMode(edit, session.sheet.id, selectedNodes(session.state), MUTED));
  },
};
