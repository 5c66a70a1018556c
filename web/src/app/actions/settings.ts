import { openDialog } from "../../state/dialogs.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "settings", label: "action.settings", group: "file", shortcut: "mod+,", isGlobal: true, order: 20,
  perform: () => openDialog({ name: "settings" }),
};
