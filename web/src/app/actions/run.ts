import { runAsChosen } from "../../state/runChoices.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "run", label: "action.run", group: "run", shortcut: "mod+Enter", isGlobal: true, order: 1,
  perform: runAsChosen,
};
