import { openDialog } from "../../state/dialogs.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "shortcuts", label: "action.shortcuts", group: "view", order: 30,
  perform: () => openDialog({ name: "settings", part: "shortcuts" }),
};
