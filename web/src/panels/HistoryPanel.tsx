import { useEffect } from "react";
import { useStore } from "zustand";
import { send } from "../api/client.ts";
import { thumbnailUrl } from "../api/gallery.ts";
import { notify } from "../state/editor.ts";
import { followQueue, openJob, queue, readQueue, type ShownJob } from "../state/queue.ts";
import { useText } from "../texts/text.ts";

/** Jobs that ended, newest first, with their pictures; each opens its workflow again. */
export default function HistoryPanel() {
  const text = useText();
  const ended = useStore(queue, (state) => state.ended);
  useEffect(followQueue, []);
  const forget = (body: object): void => void send("history", body).then(readQueue).catch((error: Error) => notify(error.message, "error"));
  if (ended.length === 0) return <p className="panel-empty">{text("history.none")}</p>;
  return (
    <>
      <div className="panel-tools"><button type="button" className="button" onClick={() => forget({ clear: true })}>{text("history.clear")}</button></div>
      <ul className="panel-list">{ended.map((job) => <Entry key={job.id} job={job} forget={() => forget({ delete: [job.id] })} />)}</ul>
    </>
  );
}

function Entry({ job, forget }: { readonly job: ShownJob; forget(): void }) {
  const text = useText();
  const when = job.createdMs === null ? "" : new Date(job.createdMs).toLocaleString();
  return (
    <li className={`job is-${job.state}`}>
      <span className="badge">{text(`queue.${job.state}`)}</span>
      <span className="job-pictures">
        {job.pictures.slice(0, 4).map((file) => <img key={file.filename} src={thumbnailUrl(file, 128)} alt="" width="44" height="44" loading="lazy" />)}
      </span>
      <button type="button" className="row job-label" title={text("queue.open")} onClick={() => openJob(job)}>
        <span>{job.message || job.label || job.id.slice(0, 8)}</span>
        <small>{when}{job.tookMs === null ? "" : ` · ${(job.tookMs / 1000).toFixed(1)} s`}</small>
      </button>
      <button type="button" className="icon-button" aria-label={text("history.forget", { name: job.label || job.id })} onClick={forget}>×</button>
    </li>
  );
}
