import { ui } from "../../state/editor.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "commands", label: "action.commands", group: "view", shortcut: "mod+k", isGlobal: true, order: 0,
  perform: () => ui.setState({ isCommandPaletteOpen: true }),
};
