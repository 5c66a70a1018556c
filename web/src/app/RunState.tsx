import { useEffect } from "react";
import { useStore } from "zustand";
import { progressOf } from "../core/progress.ts";
import { engine } from "../state/dryRun.ts";
import { runner, useRun, useTab } from "../state/editor.ts";
import { useText } from "../texts/text.ts";

/** How the run goes, in the top bar and in the title of the browser's tab; then what it took. */
export function RunState() {
  const text = useText();
  const { name } = useTab();
  const queueLength = useStore(runner.server, (state) => state.queueLength);
  const tookMs = useRun((run) => run.tookMs);
  const isWaiting = useRun((run) => Object.keys(run.nodes).length === 0);
  // A text, so that the bar is drawn again only when what it says changes.
  const progress = useRun((run) => {
    const found = progressOf(run, Date.now());
    if (!found) return "";
    const percent = Math.round(found.share * 100);
    return found.leftSeconds === null ? text("run.percent", { percent }) : text("run.left", { percent, seconds: Math.ceil(found.leftSeconds) });
  });
  useEffect(() => {
    const share = /^\d+ %/.exec(progress)?.[0];
    document.title = [share, name, text("app.name")].filter(Boolean).join(" · ");
  }, [progress, name, text]);
  const isStarting = useStore(engine, (state) => state.isStarting) && isWaiting;
  const queue = queueLength === 0 ? "" : isStarting ? text("run.starting") : text("run.queue", { count: queueLength });
  const took = tookMs === null ? "" : text("run.took", { seconds: (tookMs / 1000).toFixed(1) });
  return (
    <>
      {progress && <span className="run-progress">{progress}</span>}
      <span className="run-state" role="status">{queue || took}</span>
    </>
  );
}
