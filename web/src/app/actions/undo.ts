import { currentSession } from "../../state/editor.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "undo", label: "action.undo", group: "edit", shortcut: "mod+z", order: 1,
  isEnabled: () => currentSession().state.history.done.length > 0,
  perform: () => void currentSession().undo(),
};
