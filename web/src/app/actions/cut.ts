import { cutNow } from "../clipboard.ts";
import type { Action } from "../action.ts";

export const action: Action = { id: "cut", label: "action.cut", group: "edit", shortcut: "mod+x", isBrowsers: true, order: 31, perform: cutNow };
