import { chooseFiles, openFile } from "../files.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "open", label: "action.open", group: "file", shortcut: "mod+o", order: 2,
  perform: async () => {
    for (const file of await chooseFiles(".json,image/png,image/webp")) await openFile(file);
  },
};
