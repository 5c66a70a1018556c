import { settings } from "../../core/settings.ts";
import { language } from "../../texts/text.ts";
import type { Action } from "../action.ts";

export const action: Action = {
  id: "language", label: "action.language", group: "view", order: 21,
  perform: () => settings.setState({ language: language() === "en" ? "zh" : "en" }),
};
