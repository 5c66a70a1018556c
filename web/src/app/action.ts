/** Actions: everything the user can do by name. The menu, the command palette and the keyboard read the same list. */
import type { TextKey } from "../texts/text.ts";

export type ActionGroup = "file" | "edit" | "node" | "subgraph" | "layout" | "view" | "run";

export interface Action {
  readonly id: string;
  readonly label: TextKey;
  readonly group: ActionGroup;
  /** Parts joined by "+": `mod` is Ctrl, or Command on a Mac; the last is a `KeyboardEvent.key`. */
  readonly shortcut?: string;
  /** The shortcut also works while a text field has the focus. */
  readonly isGlobal?: boolean;
  /** The browser itself listens to the shortcut, and tells by an event of its own (copy, paste). */
  readonly isBrowsers?: boolean;
  /** Place in its menu: lower comes first; 100 when absent. */
  readonly order?: number;
  isEnabled?(): boolean;
  isChecked?(): boolean;
  perform(): void | Promise<void>;
}
