import { useEffect, useState } from "react";
import { useStore } from "zustand";
import { api } from "../api/client.ts";
import { isPaused, moveJob, setPaused } from "../api/queue.ts";
import { notify } from "../state/editor.ts";
import { followQueue, openJob, queue, readQueue, type ShownJob } from "../state/queue.ts";
import { useText } from "../texts/text.ts";

/** The jobs that run and wait: in which order, and taking them away. */
export default function QueuePanel() {
  const text = useText();
  const jobs = useStore(queue, (state) => state.jobs);
  const [paused, setShownPaused] = useState<boolean | null>(null);
  const waiting = jobs.filter(({ state }) => state === "waiting");
  useEffect(followQueue, []);
  useEffect(() => void isPaused().then(setShownPaused, () => setShownPaused(null)), [jobs]);
  const attempt = (work: Promise<unknown>): void => void work.then(readQueue).catch((error: Error) => notify(error.message, "error"));
  const move = (job: ShownJob, by: number): void => {
    const order = waiting.map(({ id }) => id);
    const at = order.indexOf(job.id);
    attempt(moveJob(job.id, order, at + by));
  };
  return (
    <>
      <div className="panel-tools">
        {paused !== null && <button type="button" className="button" aria-pressed={paused} onClick={() => attempt(setPaused(!paused).then(() => setShownPaused(!paused)))}>{text(paused ? "queue.resume" : "queue.pause")}</button>}
        <button type="button" className="button" disabled={waiting.length === 0} onClick={() => attempt(api.clearQueue())}>{text("queue.clear")}</button>
      </div>
      {jobs.length === 0 && <p className="panel-empty">{text("queue.none")}</p>}
      <ol className="panel-list job-list">
        {jobs.map((job) => (
          <li key={job.id} className={`job is-${job.state}`}>
            <span className="badge">{text(`queue.${job.state}`)}</span>
            <button type="button" className="row job-label" title={text("queue.open")} onClick={() => openJob(job)}>{job.label || job.id.slice(0, 8)}</button>
            {job.state === "waiting" && (
              <>
                <button type="button" className="icon-button" aria-label={text("queue.up", { name: job.label })} disabled={job === waiting[0]} onClick={() => move(job, -1)}>↑</button>
                <button type="button" className="icon-button" aria-label={text("queue.down", { name: job.label })} disabled={job === waiting.at(-1)} onClick={() => move(job, 1)}>↓</button>
              </>
            )}
            <button type="button" className="icon-button" aria-label={text("queue.cancel", { name: job.label })} onClick={() => attempt(job.state === "running" ? api.interrupt(job.id) : api.dropFromQueue([job.id]))}>×</button>
          </li>
        ))}
      </ol>
    </>
  );
}
