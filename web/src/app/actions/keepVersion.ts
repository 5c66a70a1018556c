import { notify, currentSession } from "../../state/editor.ts";
import { keepVersion } from "../../state/versions.ts";
import { text } from "../../texts/text.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "keepVersion", label: "versions.keep", group: "file", order: 6,
  perform: async () => {
    await keepVersion(currentSession().document, "kept", text("versions.mine"));
    notify(text("versions.isKept"));
  },
};
