import { currentSession } from "../../state/editor.ts";
import type { Action } from "../action.ts";
import { selectedInstances } from "../instances.ts";

export const action: Action = {
  id: "enter", label: "action.enter", group: "subgraph", shortcut: "Enter", order: 2,
  isEnabled: () => selectedInstances().length === 1,
  perform: () => {
    const session = currentSession();
    const id = selectedInstances()[0]!;
    session.enter(id, session.sheet.nodes[id]!.type);
  },
};
