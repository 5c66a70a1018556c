import { unpackSubgraph } from "../../core/commands/subgraphs.ts";
import { currentSession } from "../../state/editor.ts";
import type { Action } from "../action.ts";
import { selectedInstances } from "../instances.ts";

export const action: Action = {
  id: "unpack", label: "action.unpack", group: "subgraph", order: 4,
  isEnabled: () => selectedInstances().length > 0,
  perform: () => {
    const session = currentSession();
    const ids = selectedInstances();
    session.select(session.perform("Take a subgraph apart", (edit) => ids.flatMap((id) => unpackSubgraph(edit, session.sheet.id, id))));
  },
};
