import { currentSession } from "../../state/editor.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "leave", label: "action.leave", group: "subgraph", shortcut: "Escape", order: 3,
  isEnabled: () => currentSession().state.entered.length > 0,
  perform: () => currentSession().leave(),
};
