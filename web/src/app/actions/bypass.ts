import { toggleMode } from "../../core/commands/nodes.ts";
import { BYPASSED } from "../../core/document.ts";
import { selectedNodes } from "../../core/session.ts";
import { currentSession } from "../../state/editor.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "bypass", label: "action.bypass", group: "node", shortcut: "mod+b", order: 2,
  isEnabled: () => selectedNodes(currentSession().state).length > 0,
  perform: () => {
    const session = currentSession();
    session.perform("Bypass", (edit) => toggleMode(edit, session.sheet.id, selectedNodes(session.state), BYPASSED));
  },
};
