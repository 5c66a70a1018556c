import { useEffect, useState } from "react";
import { useStore } from "zustand";
import { viewUrl } from "../api/client.ts";
import { uploadFile } from "../api/inputs.ts";
import { type Running, keyOf, recordings } from "../capture/underWay.ts";
import { fileOf, valueOf } from "../core/inputFiles.ts";
import { useTab } from "../state/editor.ts";
import { useText } from "../texts/text.ts";
import { newGesture } from "./gesture.ts";
import type { WidgetProps } from "./registry.ts";
import { UploadButton } from "./UploadButton.tsx";
import { useWork } from "./useWork.ts";

const PLACE = "input";

/** Sound recorded with the microphone, to be heard before it is used. */
export function RecorderWidget({ value, label, sheet, node, name, onChange }: WidgetProps) {
  const text = useText();
  const { id: tab } = useTab();
  const at = { tab, sheet, node, name };
  const running = useStore(recordings.store, (state) => state[keyOf(at)] ?? null);
  const { isBusy, work } = useWork();
  const recorded = typeof value === "string" && value ? fileOf(value, PLACE) : null;

  const start = (): Promise<void> => work(async () => {
    const { record } = await import("../capture/recorder.ts");
    recordings.begin(at, { recording: await record(), sinceMs: Date.now() });
  });
  const keep = async (sound: Blob, file: string): Promise<void> => onChange(valueOf(await uploadFile(sound, file, PLACE, "audio"), PLACE), newGesture("record", node, name));
  const stop = ({ recording }: Running): Promise<void> => work(async () => {
    const made = await recording.stop();
    recordings.end(at);
    await keep(made.sound, made.name);
  });
  return (
    <div className="file-widget nodrag" role="group" aria-label={label} aria-busy={isBusy}>
      {running && <p className="recording" role="status"><i aria-hidden />{text("widget.record.running")} <Clock sinceMs={running.sinceMs} /></p>}
      {!running && recorded && <audio key={String(value)} className="sound" controls preload="metadata" src={viewUrl(recorded)} aria-label={text("widget.record.sound")} />}
      {!running && !recorded && <p className="file-hint">{text("widget.record.hint")}</p>}
      <div className="file-buttons">
        <button type="button" className="button" disabled={isBusy} onClick={() => void (running ? stop(running) : start())}>{text(running ? "widget.record.stop" : "widget.record.start")}</button>
        {running
          ? <button type="button" className="button" onClick={() => recordings.end(at)}>{text("widget.cancel")}</button>
          : <UploadButton label={label} accept="audio/*,video/*" isBusy={isBusy} take={(file) => file && void work(() => keep(file, file.name))} />}
      </div>
    </div>
  );
}

function Clock({ sinceMs }: { readonly sinceMs: number }) {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds(Math.floor((Date.now() - sinceMs) / 1000)), 250);
    return () => clearInterval(timer);
  }, [sinceMs]);
  return <span aria-hidden>{Math.floor(seconds / 60)}:{String(seconds % 60).padStart(2, "0")}</span>;
}
