import { settings } from "../../core/settings.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "minimap", label: "action.minimap", group: "view", shortcut: "m", order: 6,
  isChecked: () => settings.getState().showMinimap,
  perform: () => settings.setState(({ showMinimap }) => ({ showMinimap: !showMinimap })),
};
