/** The user's choices. Unknown names are kept: a newer version may have written them. */
import { createStore } from "zustand/vanilla";

export interface Settings {
  readonly theme: "system" | "light" | "dark";
  readonly language: "system" | "en" | "zh";
  readonly snapToGrid: boolean;
  readonly gridSize: number;
  readonly showMinimap: boolean;
  readonly linkShape: "curve" | "straight" | "step";
  readonly leftPanel: string;
  readonly leftWidth: number;
  readonly bottomPanel: string;
  readonly bottomHeight: number;
  readonly isInspectorOpen: boolean;
  /** Shortcuts by action id, where the user changed them: "ctrl+Enter"; "" takes the shortcut away. */
  readonly shortcuts: { readonly [action: string]: string };
  /** Addresses of extensions that are not to be loaded. */
  readonly extensionsOff: readonly string[];
}

export const DEFAULT_SETTINGS: Settings = {
  theme: "system", language: "system", snapToGrid: false, gridSize: 20, showMinimap: true, linkShape: "curve",
  leftPanel: "", leftWidth: 280, bottomPanel: "", bottomHeight: 220, isInspectorOpen: true, shortcuts: {}, extensionsOff: [],
};

/** Settings from what was stored; values of a wrong type fall back to the default. */
export function readSettings(stored: unknown): Settings {
  const made: Record<string, unknown> = { ...DEFAULT_SETTINGS };
  if (typeof stored === "object" && stored !== null)
    for (const [name, value] of Object.entries(stored))
      if (!(name in DEFAULT_SETTINGS) || (typeof value === typeof made[name] && Array.isArray(value) === Array.isArray(made[name]))) made[name] = value;
  return made as unknown as Settings;
}

export const settings = createStore<Settings>(() => DEFAULT_SETTINGS);
