import { emptyDocument } from "../../core/document.ts";
import { uuid } from "../../core/ids.ts";
import { workspace } from "../../state/editor.ts";
import { text } from "../../texts/text.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "new", label: "action.new", group: "file", shortcut: "alt+n", order: 1,
  perform: () => void workspace.open(text("tabs.untitled"), emptyDocument(uuid())),
};
