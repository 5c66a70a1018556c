import { copyText } from "../../state/copyText.ts";
import { notify, workspace } from "../../state/editor.ts";
import { makeLink } from "../../state/saved.ts";
import { text } from "../../texts/text.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "share", label: "action.share", group: "file", order: 5,
  perform: async () => {
    const { tab } = workspace;
    if (!tab) return;
    const link = await makeLink(tab);
    await copyText(link);
    notify(text("share.copied", { size: Math.ceil(link.length / 1000) }));
  },
};
