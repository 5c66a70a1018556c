import { useState } from "react";
import { notify } from "../state/editor.ts";

/** Something that takes a while: one at a time, and its failure is told. */
export function useWork(): { readonly isBusy: boolean; work(task: () => Promise<void>): Promise<void> } {
  const [isBusy, setBusy] = useState(false);
  const work = async (task: () => Promise<void>): Promise<void> => {
    if (isBusy) return;
    setBusy(true);
    try {
      await task();
    } catch (error) {
      notify(error instanceof Error ? error.message : String(error), "error");
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, work };
}
