import { settings } from "../../core/settings.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "snap", label: "action.snap", group: "view", shortcut: "mod+shift+g", order: 7,
  isChecked: () => settings.getState().snapToGrid,
  perform: () => settings.setState(({ snapToGrid }) => ({ snapToGrid: !snapToGrid })),
};
