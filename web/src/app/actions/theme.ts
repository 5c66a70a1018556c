import { settings } from "../../core/settings.ts";
import type { Action } from "../action.ts";
import { isDark } from "../theme.ts";

export const action: Action = {
  id: "theme", label: "action.theme", group: "view", order: 20,
  perform: () => settings.setState({ theme: isDark() ? "light" : "dark" }),
};
