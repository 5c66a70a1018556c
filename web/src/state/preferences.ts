/** Settings are few and small, so the browser keeps them; documents never go there. */
import { readSettings, settings } from "../core/settings.ts";

const NAME = "easel.settings";

export function keepSettings(): void {
  try {
    settings.setState(readSettings(JSON.parse(localStorage.getItem(NAME) ?? "{}")), true);
  } catch {
    // Storage is off, or holds something else: the defaults serve.
  }
  settings.subscribe((state) => {
    try {
      localStorage.setItem(NAME, JSON.stringify(state));
    } catch {
      // The same: the choice then lasts until the page is closed.
    }
  });
}
