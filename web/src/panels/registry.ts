/** Panels: what can be docked at the sides. */
import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import type { TextKey } from "../texts/text.ts";

export interface PanelEntry {
  readonly id: string;
  readonly title: TextKey;
  readonly place: "left" | "bottom";
  /** Path data of a 24 x 24 icon, drawn as a line. */
  readonly icon: string;
  readonly order: number;
  readonly component: LazyExoticComponent<ComponentType>;
}

const panels = new Map<string, PanelEntry>();

/** `load` brings the panel's module, whose default export is the component; it is only fetched when the panel opens. */
export function registerPanel(entry: Omit<PanelEntry, "component">, load: () => Promise<{ default: ComponentType }>): void {
  panels.set(entry.id, { ...entry, component: lazy(load) });
}

export function panelsAt(place: PanelEntry["place"]): PanelEntry[] {
  return [...panels.values()].filter((panel) => panel.place === place).sort((a, b) => a.order - b.order);
}

export function panelOf(id: string): PanelEntry | undefined {
  return panels.get(id);
}
