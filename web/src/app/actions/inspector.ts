import { settings } from "../../core/settings.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "inspector", label: "action.inspector", group: "view", shortcut: "i", order: 8,
  isChecked: () => settings.getState().isInspectorOpen,
  perform: () => settings.setState(({ isInspectorOpen }) => ({ isInspectorOpen: !isInspectorOpen })),
};
