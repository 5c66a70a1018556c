import { deleteAll } from "../../core/commands/nodes.ts";
import { currentSession, workspace } from "../../state/editor.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "delete", label: "action.delete", group: "edit", shortcut: "Delete", order: 10,
  isEnabled: () => currentSession().state.selection.size > 0,
  perform: () => {
    const session = currentSession();
    session.perform("Delete", (edit) => deleteAll(edit, session.sheet.id, session.state.selection, workspace.catalog, false));
  },
};
