import { makePrompt } from "../../core/prompt.ts";
import { workspace } from "../../state/editor.ts";
import type { Action } from "../action.ts";
import { download } from "../files.ts";

export const action: Action = {
  id: "exportApi", label: "action.exportApi", group: "file", order: 4,
  perform: () => {
    const tab = workspace.tab;
    if (!tab) return;
    const prompt = makePrompt(tab.session.document, workspace.catalog, { random: Math.random, now: new Date() });
    download(`${tab.name}.api.json`, JSON.stringify(prompt, null, 1));
  },
};
