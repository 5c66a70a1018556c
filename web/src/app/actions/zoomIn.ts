import { canvas } from "../../state/editor.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "zoomIn", label: "action.zoomIn", group: "view", shortcut: "mod+=", order: 3,
  perform: () => canvas.current?.zoomBy(1.25),
};
