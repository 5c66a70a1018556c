import { settings } from "../../core/settings.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "problems", label: "action.problems", group: "view", order: 12,
  isChecked: () => settings.getState().bottomPanel === "problems",
  perform: () => settings.setState(({ bottomPanel }) => ({ bottomPanel: bottomPanel === "problems" ? "" : "problems" })),
};
