import { copyFrom, paste } from "../../core/clipboard.ts";
import { currentSession, workspace } from "../../state/editor.ts";
import type { Action } from "../action.ts";

const OFFSET = 40;

export const action: Action = {
  id: "duplicate", label: "action.duplicate", group: "edit", shortcut: "mod+d", order: 34,
  isEnabled: () => currentSession().state.selection.size > 0,
  perform: () => {
    const session = currentSession();
    const clip = copyFrom(session.document, session.sheet.id, session.state.selection);
    const things = [...clip.nodes, ...clip.frames];
    if (things.length === 0) return;
    const at = [Math.min(...things.map(({ pos }) => pos[0])) + OFFSET, Math.min(...things.map(({ pos }) => pos[1])) + OFFSET] as const;
    session.select(session.perform("Duplicate", (edit) => paste(edit, session.sheet.id, clip, at, workspace.catalog, true)));
  },
};
