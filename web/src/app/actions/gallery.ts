import { settings } from "../../core/settings.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "gallery", label: "panel.gallery", group: "view", order: 12.5,
  isChecked: () => settings.getState().leftPanel === "gallery",
  perform: () => settings.setState(({ leftPanel }) => ({ leftPanel: leftPanel === "gallery" ? "" : "gallery" })),
};
