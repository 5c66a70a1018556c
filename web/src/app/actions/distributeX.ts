import { distribute } from "../../core/layout.ts";
import { selectedNodes } from "../../core/session.ts";
import { currentSession } from "../../state/editor.ts";
import type { Action } from "../action.ts";
import { moveBoxes, selectedBoxes } from "../selectedBoxes.ts";

export const action: Action = {
  id: "distributeX", label: "action.distributeX", group: "layout", order: 10,
  isEnabled: () => selectedNodes(currentSession().state).length > 2,
  perform: () => moveBoxes("Distribute", distribute(selectedBoxes(), 0)),
};
