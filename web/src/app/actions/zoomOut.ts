import { canvas } from "../../state/editor.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "zoomOut", label: "action.zoomOut", group: "view", shortcut: "mod+-", order: 4,
  perform: () => canvas.current?.zoomBy(0.8),
};
