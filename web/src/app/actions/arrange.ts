import { arrange } from "../../core/layout.ts";
import { selectedNodes } from "../../core/session.ts";
import { canvas, currentSession } from "../../state/editor.ts";
import type { Action } from "../action.ts";
import { moveBoxes, selectedBoxes } from "../selectedBoxes.ts";

export const action: Action = {
  id: "arrange", label: "action.arrange", group: "layout", shortcut: "shift+l", order: 0,
  perform: () => {
    const { state, sheet } = currentSession();
    const boxes = selectedNodes(state).length > 1 ? selectedBoxes() : (canvas.current?.boxes(Object.keys(sheet.nodes)) ?? []);
    moveBoxes("Arrange", arrange(boxes, sheet));
  },
};
