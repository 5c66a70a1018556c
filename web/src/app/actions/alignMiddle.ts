import { align } from "../../core/layout.ts";
import { selectedNodes } from "../../core/session.ts";
import { currentSession } from "../../state/editor.ts";
import type { Action } from "../action.ts";
import { moveBoxes, selectedBoxes } from "../selectedBoxes.ts";

export const action: Action = {
  id: "alignMiddle", label: "action.alignMiddle", group: "layout", order: 5,
  isEnabled: () => selectedNodes(currentSession().state).length > 1,
  perform: () => moveBoxes("Align", align(selectedBoxes(), "middle")),
};
