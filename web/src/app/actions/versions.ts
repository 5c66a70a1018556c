import { settings } from "../../core/settings.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "versions", label: "panel.versions", group: "view", order: 12.5,
  isChecked: () => settings.getState().leftPanel === "versions",
  perform: () => settings.setState(({ leftPanel }) => ({ leftPanel: leftPanel === "versions" ? "" : "versions" })),
};
