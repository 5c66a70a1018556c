import { settings } from "../../core/settings.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "templates", label: "panel.templates", group: "view", order: 12.5,
  isChecked: () => settings.getState().leftPanel === "templates",
  perform: () => settings.setState(({ leftPanel }) => ({ leftPanel: leftPanel === "templates" ? "" : "templates" })),
};
