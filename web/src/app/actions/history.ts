import { settings } from "../../core/settings.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "history", label: "panel.history", group: "view", order: 12.5,
  isChecked: () => settings.getState().bottomPanel === "history",
  perform: () => settings.setState(({ bottomPanel }) => ({ bottomPanel: bottomPanel === "history" ? "" : "history" })),
};
