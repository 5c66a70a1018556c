import { makeSubgraph } from "../../core/commands/subgraphs.ts";
import { selectedNodes } from "../../core/session.ts";
import { currentSession, workspace } from "../../state/editor.ts";
import { text } from "../../texts/text.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "makeSubgraph", label: "action.makeSubgraph", group: "subgraph", shortcut: "mod+shift+e", order: 1,
  isEnabled: () => selectedNodes(currentSession().state).length > 0,
  perform: () => {
    const session = currentSession();
    const ids = selectedNodes(session.state);
    const made = session.perform("Make a subgraph", (edit) => makeSubgraph(edit, session.sheet.id, ids, text("subgraph.name"), workspace.catalog));
    session.select([made]);
  },
};
