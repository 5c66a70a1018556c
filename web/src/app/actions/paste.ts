import { pasteNow } from "../clipboard.ts";
import type { Action } from "../action.ts";

export const action: Action = { id: "paste", label: "action.paste", group: "edit", shortcut: "mod+v", isBrowsers: true, order: 32, perform: pasteNow };
