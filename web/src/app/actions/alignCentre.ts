import { align } from "../../core/layout.ts";
import { selectedNodes } from "../../core/session.ts";
import { currentSession } from "../../state/editor.ts";
import type { Action } from "../action.ts";
import { moveBoxes, selectedBoxes } from "../selectedBoxes.ts";

export const action: Action = {
  id: "alignCentre", label: "action.alignCentre", group: "layout", order: 6,
  isEnabled: () => selectedNodes(currentSession().state).length > 1,
  perform: () => moveBoxes("Align", align(selectedBoxes(), "centre")),
};
