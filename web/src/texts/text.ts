/** Texts in the user's language. `useText()` in components, `text()` elsewhere. */
import { useStore } from "zustand";
import { settings } from "../core/settings.ts";
import { en, type TextKey } from "./en.ts";
import { zh } from "./zh.ts";

export type { TextKey };
export type Fill = Readonly<Record<string, string | number>>;

const TABLES = { en, zh } as const;
export type Language = keyof typeof TABLES;

export function language(choice = settings.getState().language): Language {
  if (choice !== "system") return choice;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

export function text(key: TextKey, fill: Fill = {}, chosen = language()): string {
  const found: string = TABLES[chosen][key];
  return found.replace(/\{(\w+)\}/g, (whole, name: string) => (name in fill ? String(fill[name]) : whole));
}

/** The texts in the user's language; the component follows when the language changes. */
export function useText(): (key: TextKey, fill?: Fill) => string {
  const chosen = useStore(settings, (state) => language(state.language));
  return (key, fill) => text(key, fill, chosen);
}
