/** How runs are started: how many at a time, and whether every change starts one. */
import { createStore } from "zustand/vanilla";
import { makePrompt } from "../core/prompt.ts";
import { isSame } from "../core/json.ts";
import { runner, workspace } from "./editor.ts";

export const runChoices = createStore<{ readonly repeat: number; readonly runsOnChange: boolean }>(() => ({ repeat: 1, runsOnChange: false }));

const PAUSE_MS = 400;

/** Queue the document in view as many times as chosen. Seeds move on between them. */
export async function runAsChosen(): Promise<void> {
  for (let left = runChoices.getState().repeat; left > 0; left -= 1) {
    await runner.run();
    const { tab } = workspace;
    if (!tab || runner.storeOf(tab.id).getState().problems.length > 0) return;
  }
}

/** While it is chosen, run after changes that matter to the run; what waits then is the newest state only. */
export function followChanges(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last: unknown = null;
  const promptNow = (): unknown => workspace.tab && withoutTitles(makePrompt(workspace.tab.session.document, workspace.catalog, { random: () => 0, now: new Date(0) }));
  const consider = (): void => {
    if (!runChoices.getState().runsOnChange) return;
    const { tab } = workspace;
    if (!tab) return;
    if (runner.storeOf(tab.id).getState().isRunning) return later();
    const prompt = promptNow();
    if (isSame(prompt, last)) return;
    last = prompt;
    void runner.run().then(() => { last = promptNow(); });
  };
  const later = (): void => {
    clearTimeout(timer);
    timer = setTimeout(consider, PAUSE_MS);
  };
  let forget: (() => void) | undefined;
  let active = "";
  const follow = (): void => {
    if (workspace.state.active === active) return;
    active = workspace.state.active;
    forget?.();
    last = promptNow();
    forget = workspace.tab?.session.onPerformed(later);
  };
  workspace.store.subscribe(follow);
  runChoices.subscribe((state, old) => { if (state.runsOnChange && !old.runsOnChange) last = promptNow(); });
  follow();
}

function withoutTitles(prompt: ReturnType<typeof makePrompt>): unknown {
  return Object.fromEntries(Object.entries(prompt).map(([id, { class_type, inputs }]) => [id, { class_type, inputs }]));
}
