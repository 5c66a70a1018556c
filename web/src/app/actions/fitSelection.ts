import { canvas, currentSession } from "../../state/editor.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "fitSelection", label: "action.fitSelection", group: "view", shortcut: ".", order: 2,
  isEnabled: () => currentSession().state.selection.size > 0,
  perform: () => canvas.current?.fit([...currentSession().state.selection]),
};
