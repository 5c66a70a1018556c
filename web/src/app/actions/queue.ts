import { settings } from "../../core/settings.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "queue", label: "panel.queue", group: "view", order: 12.5,
  isChecked: () => settings.getState().bottomPanel === "queue",
  perform: () => settings.setState(({ bottomPanel }) => ({ bottomPanel: bottomPanel === "queue" ? "" : "queue" })),
};
