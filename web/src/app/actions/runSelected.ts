import { runPrefix, selectedNodes } from "../../core/session.ts";
import { currentSession, runner } from "../../state/editor.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "runSelected", label: "action.runSelected", group: "run", shortcut: "mod+shift+Enter", isGlobal: true, order: 2,
  isEnabled: () => selectedNodes(currentSession().state).length > 0,
  perform: () => {
    const { state } = currentSession();
    return runner.run({ targets: selectedNodes(state).map((id) => runPrefix(state.entered) + id) });
  },
};
