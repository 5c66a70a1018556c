import { toggleFlag } from "../../core/commands/nodes.ts";
import { selectedNodes } from "../../core/session.ts";
import { currentSession } from "../../state/editor.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "collapse", label: "action.collapse", group: "node", shortcut: "alt+c", order: 3,
  isEnabled: () => selectedNodes(currentSession().state).length > 0,
  perform: () => {
    const session = currentSession();
    session.perform("Collapse", (edit) => toggleFlag(edit, session.sheet.id, selectedNodes(session.state), "isCollapsed"));
  },
};
