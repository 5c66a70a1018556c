import { runner } from "../../state/editor.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "stop", label: "action.stop", group: "run", shortcut: "mod+alt+Enter", isGlobal: true, order: 3,
  isEnabled: () => runner.server.getState().queueLength > 0,
  perform: () => runner.stop(),
};
