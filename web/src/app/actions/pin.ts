import { toggleFlag } from "../../core/commands/nodes.ts";
import { selectedNodes } from "../../core/session.ts";
import { currentSession } from "../../state/editor.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "pin", label: "action.pin", group: "node", shortcut: "p", order: 4,
  isEnabled: () => selectedNodes(currentSession().state).length > 0,
  perform: () => {
    const session = currentSession();
    session.perform("Pin", (edit) => toggleFlag(edit, session.sheet.id, selectedNodes(session.state), "isPinned"));
  },
};
