import { useEffect, useRef } from "react";
import { useStore } from "zustand";
import { viewUrl } from "../api/client.ts";
import { uploadFile } from "../api/inputs.ts";
import type { CameraSize } from "../capture/camera.ts";
import { cameras, keyOf } from "../capture/underWay.ts";
import { fileOf, valueOf } from "../core/inputFiles.ts";
import { useTab } from "../state/editor.ts";
import { useText } from "../texts/text.ts";
import { newGesture } from "./gesture.ts";
import type { WidgetProps } from "./registry.ts";
import { UploadButton } from "./UploadButton.tsx";
import { useWork } from "./useWork.ts";

const PLACE = "input";

/** A picture that the camera takes: by hand, or, when the node says so, for each run. */
export function WebcamWidget({ value, values, label, sheet, node, name, onChange }: WidgetProps) {
  const text = useText();
  const { id: tab } = useTab();
  const at = { tab, sheet, node, name };
  const camera = useStore(cameras.store, (state) => state[keyOf(at)] ?? null);
  const { isBusy, work } = useWork();
  const film = useRef<HTMLVideoElement>(null);
  const taken = typeof value === "string" && value ? fileOf(value, PLACE) : null;
  const size: CameraSize = { width: Number(values.width) || 0, height: Number(values.height) || 0 };
  useEffect(() => {
    if (film.current) film.current.srcObject = camera?.stream ?? null;
  }, [camera]);

  const start = (): Promise<void> => work(async () => {
    const { openCamera } = await import("../capture/camera.ts");
    cameras.begin(at, await openCamera(size));
  });
  const keep = async (picture: Blob, file: string): Promise<void> => onChange(valueOf(await uploadFile(picture, file, PLACE, "webcam"), PLACE), newGesture("webcam", node, name));
  const take = (): Promise<void> => work(async () => {
    const { takePicture } = await import("../capture/camera.ts");
    await keep(await takePicture(size), "camera.png");
    cameras.end(at);
  });
  return (
    <div className="file-widget nodrag" role="group" aria-label={label} aria-busy={isBusy}>
      {camera && <video ref={film} className="picture" autoPlay muted playsInline aria-label={text("widget.webcam.live")} />}
      {!camera && taken && <img key={String(value)} className="picture" src={viewUrl(taken, "webp;85")} alt={text("widget.webcam.taken")} draggable={false} />}
      {!camera && !taken && <p className="file-hint">{text(values.capture_on_queue === true ? "widget.webcam.atRun" : "widget.webcam.hint")}</p>}
      <div className="file-buttons">
        <button type="button" className="button" disabled={isBusy} onClick={() => void (camera ? take() : start())}>{text(camera ? "widget.webcam.take" : "widget.webcam.start")}</button>
        {camera
          ? <button type="button" className="button" onClick={() => cameras.end(at)}>{text("widget.webcam.stop")}</button>
          : <UploadButton label={label} accept="image/*" isBusy={isBusy} take={(file) => file && void work(() => keep(file, file.name))} />}
      </div>
    </div>
  );
}
