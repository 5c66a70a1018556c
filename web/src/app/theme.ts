import { settings } from "../core/settings.ts";
import { language } from "../texts/text.ts";

const system = window.matchMedia("(prefers-color-scheme: dark)");

export function isDark(): boolean {
  const { theme } = settings.getState();
  return theme === "system" ? system.matches : theme === "dark";
}

/** Keep the page's theme and language as the settings have them. */
export function followTheme(): void {
  const show = (): void => {
    document.documentElement.dataset.theme = isDark() ? "dark" : "light";
    document.documentElement.lang = language() === "zh" ? "zh-CN" : "en";
  };
  settings.subscribe(show);
  system.addEventListener("change", show);
  show();
}
