import { makeUnique } from "../../core/commands/subgraphs.ts";
import { currentSession } from "../../state/editor.ts";
import type { Action } from "../action.ts";
import { selectedInstances } from "../instances.ts";

export const action: Action = {
  id: "makeUnique", label: "action.makeUnique", group: "subgraph", order: 5,
  isEnabled: () => selectedInstances().length > 0,
  perform: () => {
    const session = currentSession();
    session.perform("Make unique", (edit) => selectedInstances().forEach((id) => makeUnique(edit, session.sheet.id, id)));
  },
};
