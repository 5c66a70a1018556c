import { canvas } from "../../state/editor.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "zoomReset", label: "action.zoomReset", group: "view", shortcut: "mod+0", order: 5,
  perform: () => canvas.current?.zoomTo(1),
};
