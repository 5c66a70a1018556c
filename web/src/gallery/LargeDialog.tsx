import { useState } from "react";
import { viewUrl } from "../api/client.ts";
import type { FileRef } from "../core/runs.ts";
import { DialogFrame } from "../panels/DialogFrame.tsx";
import { notify } from "../state/editor.ts";
import { useText } from "../texts/text.ts";

/** The pictures of a node, one of them as large as the window; arrow keys lead on. */
export default function LargeDialog({ title, files, at }: { readonly title: string; readonly files: readonly FileRef[]; readonly at: number }) {
  const text = useText();
  const [index, setIndex] = useState(at);
  const file = files[index]!;
  const go = (by: number): void => setIndex(Math.min(files.length - 1, Math.max(0, index + by)));
  const copy = (): void => void copyPicture(viewUrl(file)).then(() => notify(text("result.copied")), (error: Error) => notify(error.message, "error"));
  return (
    <DialogFrame title={`${title} · ${index + 1} / ${files.length}`} className="large-dialog" onKeyDown={(event) => (event.key === "ArrowRight" ? go(1) : event.key === "ArrowLeft" ? go(-1) : undefined)}>
      <div className="large-place"><img src={viewUrl(file)} alt={file.filename} /></div>
      <div className="panel-tools">
        <button type="button" className="button" disabled={index === 0} aria-label={text("gallery.previous")} onClick={() => go(-1)}>←</button>
        <button type="button" className="button" disabled={index === files.length - 1} aria-label={text("gallery.next")} onClick={() => go(1)}>→</button>
        <a className="button" href={viewUrl(file)} download={file.filename}>{text("gallery.download")}</a>
        <button type="button" className="button" onClick={copy}>{text("action.copy")}</button>
        <small className="muted">{file.filename}</small>
      </div>
    </DialogFrame>
  );
}

/** Clipboards take PNG only, whatever the file is. */
async function copyPicture(url: string): Promise<void> {
  const picture = await createImageBitmap(await (await fetch(url)).blob());
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  canvas.getContext("2d")!.drawImage(picture, 0, 0);
  await navigator.clipboard.write([new ClipboardItem({ "image/png": await canvas.convertToBlob({ type: "image/png" }) })]);
}
