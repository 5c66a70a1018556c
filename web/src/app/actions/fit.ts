import { canvas } from "../../state/editor.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "fit", label: "action.fit", group: "view", shortcut: "f", order: 1,
  perform: () => canvas.current?.fit(),
};
