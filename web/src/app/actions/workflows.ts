import { settings } from "../../core/settings.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "workflows", label: "panel.workflows", group: "view", order: 12.5,
  isChecked: () => settings.getState().leftPanel === "workflows",
  perform: () => settings.setState(({ leftPanel }) => ({ leftPanel: leftPanel === "workflows" ? "" : "workflows" })),
};
