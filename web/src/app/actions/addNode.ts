import { canvas, ui } from "../../state/editor.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "addNode", label: "action.addNode", group: "node", shortcut: "Tab", order: 0,
  perform: () => ui.setState({ palette: { pos: canvas.current?.pointer() ?? [0, 0] } }),
};
