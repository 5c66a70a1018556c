import { align } from "../../core/layout.ts";
import { selectedNodes } from "../../core/session.ts";
import { currentSession } from "../../state/editor.ts";
import type { Action } from "../action.ts";
import { moveBoxes, selectedBoxes } from "../selectedBoxes.ts";

export const action: Action = {
  id: "alignRight", label: "action.alignRight", group: "layout", order: 2,
  isEnabled: () => selectedNodes(currentSession().state).length > 1,
  perform: () => moveBoxes("Align", align(selectedBoxes(), "right")),
};
