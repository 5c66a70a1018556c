import { currentSession } from "../../state/editor.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "selectAll", label: "action.selectAll", group: "edit", shortcut: "mod+a", order: 20,
  perform: () => {
    const { sheet } = currentSession();
    currentSession().select([...Object.keys(sheet.nodes), ...Object.keys(sheet.frames).map((id) => `frame:${id}`)]);
  },
};
