import { settings } from "../../core/settings.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "nodes", label: "panel.nodes", group: "view", order: 12.5,
  isChecked: () => settings.getState().leftPanel === "nodes",
  perform: () => settings.setState(({ leftPanel }) => ({ leftPanel: leftPanel === "nodes" ? "" : "nodes" })),
};
