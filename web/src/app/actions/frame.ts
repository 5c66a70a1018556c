import { addFrame } from "../../core/commands/nodes.ts";
import { canvas, currentSession } from "../../state/editor.ts";
import { text } from "../../texts/text.ts";
import type { Action } from "../action.ts";

const PADDING = 24;
const HEAD = 30;

export const action: Action = {
  id: "frame", label: "action.frame", group: "node", shortcut: "mod+g", order: 8,
  isEnabled: () => currentSession().state.selection.size > 0,
  perform: () => {
    const session = currentSession();
    const boxes = canvas.current?.boxes(session.state.selection) ?? [];
    const left = Math.min(...boxes.map(({ pos }) => pos[0])) - PADDING;
    const top = Math.min(...boxes.map(({ pos }) => pos[1])) - PADDING - HEAD;
    const right = Math.max(...boxes.map(({ pos, size }) => pos[0] + size[0])) + PADDING;
    const bottom = Math.max(...boxes.map(({ pos, size }) => pos[1] + size[1])) + PADDING;
    if (!boxes.length) return;
    const id = session.perform("Frame", (edit) => addFrame(edit, session.sheet.id, text("frame.title"), [left, top], [right - left, bottom - top]));
    session.select([`frame:${id}`]);
  },
};
