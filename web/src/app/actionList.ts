import type { Action } from "./action.ts";

/** All actions: one file each in `actions/`. */
export const ACTIONS: readonly Action[] = Object.values(
  import.meta.glob<Action>("./actions/*.ts", { eager: true, import: "action" }),
).sort((a, b) => (a.order ?? 100) - (b.order ?? 100) || a.id.localeCompare(b.id));
