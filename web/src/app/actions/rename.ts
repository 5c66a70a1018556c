import { selectedNodes } from "../../core/session.ts";
import { currentSession, ui } from "../../state/editor.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "rename", label: "action.rename", group: "node", shortcut: "F2", order: 5,
  isEnabled: () => selectedNodes(currentSession().state).length === 1,
  perform: () => ui.setState({ renaming: selectedNodes(currentSession().state)[0]! }),
};
