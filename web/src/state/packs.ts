/** Node packs of which the server could not load all, and why, in its words. */
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import { getJson } from "../api/client.ts";
import { runner } from "./editor.ts";

export const brokenPacks = createStore<{ readonly [pack: string]: string }>(() => ({}));

export function useBrokenPacks(): { readonly [pack: string]: string } {
  return useStore(brokenPacks);
}

/** Ask now, and again whenever the server came back: it may have been started with other packs. */
export function followPacks(): void {
  const ask = async (): Promise<void> => {
    const found = await getJson<{ [pack: string]: string }>("packs/failures").catch(() => null);
    if (found) brokenPacks.setState(found, true);
  };
  void ask();
  runner.server.subscribe((state, old) => {
    if (state.isConnected && !old.isConnected) void ask();
  });
}
