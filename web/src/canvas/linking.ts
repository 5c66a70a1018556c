/** The link that is being drawn, if one is: what it starts from decides which sockets light up. */
import { createStore } from "zustand/vanilla";
import type { End } from "../core/document.ts";

export interface Linking {
  readonly end: End;
  /** The side that the drag started on. */
  readonly side: "in" | "out";
  readonly type: string;
}

export const linking = createStore<{ readonly current: Linking | null }>(() => ({ current: null }));
