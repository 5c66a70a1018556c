import { copyNow } from "../clipboard.ts";
import type { Action } from "../action.ts";

export const action: Action = { id: "copy", label: "action.copy", group: "edit", shortcut: "mod+c", isBrowsers: true, order: 30, perform: copyNow };
