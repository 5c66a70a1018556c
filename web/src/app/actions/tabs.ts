import { openDialog } from "../../state/dialogs.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "tabs", label: "action.tabs", group: "view", shortcut: "alt+t", isGlobal: true, order: 13,
  perform: () => openDialog({ name: "tabs" }),
};
