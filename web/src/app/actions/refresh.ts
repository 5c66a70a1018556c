import { notify } from "../../state/editor.ts";
import { text } from "../../texts/text.ts";
import { refreshChoices } from "../../widgets/refresh.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "refresh", label: "action.refresh", group: "file", shortcut: "r", order: 7,
  perform: async () => {
    if (await refreshChoices()) notify(text("refresh.done"));
  },
};
