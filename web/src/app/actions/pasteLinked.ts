import { pasteNow } from "../clipboard.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "pasteLinked", label: "action.pasteLinked", group: "edit", shortcut: "mod+shift+v", order: 33,
  perform: () => pasteNow(true),
};
