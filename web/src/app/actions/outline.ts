import { settings } from "../../core/settings.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "outline", label: "panel.outline", group: "view", order: 12.5,
  isChecked: () => settings.getState().leftPanel === "outline",
  perform: () => settings.setState(({ leftPanel }) => ({ leftPanel: leftPanel === "outline" ? "" : "outline" })),
};
