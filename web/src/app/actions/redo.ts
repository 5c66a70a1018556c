import { currentSession } from "../../state/editor.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "redo", label: "action.redo", group: "edit", shortcut: "mod+shift+z", order: 2,
  isEnabled: () => currentSession().state.history.undone.length > 0,
  perform: () => void currentSession().redo(),
};
