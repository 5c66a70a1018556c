import { Dialog } from "radix-ui";
import { type KeyboardEvent, useState } from "react";
import { uploadMask } from "../api/inputs.ts";
import type { FileRef } from "../core/runs.ts";
import { type MaskStep, NEW_MASK, doStep, redoStep, undoStep } from "../core/strokes.ts";
import { notify } from "../state/editor.ts";
import { useText } from "../texts/text.ts";
import { MaskCanvas } from "./MaskCanvas.tsx";
import type { MaskPicture } from "./MaskPicture.ts";

interface MaskDialogProps {
  readonly file: FileRef;
  saved(made: FileRef): Promise<void>;
  close(): void;
}

const SMALLEST = 2;
const LARGEST = 400;

/** Draw a mask over a picture. The keyboard has all of it too: B, E, [ and ], I, and arrows with Space on the picture. */
export default function MaskDialog({ file, saved, close }: MaskDialogProps) {
  const text = useText();
  const [picture, setPicture] = useState<MaskPicture | null>(null);
  const [steps, setSteps] = useState(NEW_MASK);
  const [isEraser, setEraser] = useState(false);
  const [size, setSize] = useState(40);
  const [hardness, setHardness] = useState(0.8);
  const [zoom, setZoom] = useState(1);
  const [isBusy, setBusy] = useState(false);
  const change = (next: typeof steps): void => {
    if (next === steps) return;
    picture?.redraw(next.done);
    setSteps(next);
  };
  const add = (step: MaskStep, isDrawn = false): void => {
    const next = doStep(steps, step);
    if (!isDrawn) picture?.redraw(next.done);
    setSteps(next);
  };
  const save = async (): Promise<void> => {
    if (!picture) return;
    setBusy(true);
    try {
      const stem = file.filename.replace(/\.[^.]+$/, "").replace(/-mask( \(\d+\))?$/, "");
      await saved(await uploadMask(await picture.toBlob(), `${stem}-mask.png`, file));
      close();
    } catch (error) {
      notify(error instanceof Error ? error.message : String(error), "error");
      setBusy(false);
    }
  };
  const onKey = (event: KeyboardEvent): void => {
    event.stopPropagation();
    const key = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey) {
      if (key === "z") change(event.shiftKey ? redoStep(steps) : undoStep(steps));
      else if (key === "y") change(redoStep(steps));
      else if (key === "enter") void save();
      else return;
    } else if (key === "b") setEraser(false);
    else if (key === "e") setEraser(true);
    else if (key === "i") add({ kind: "invert" });
    else if (key === "[") setSize(Math.max(SMALLEST, Math.round(size / 1.2)));
    else if (key === "]") setSize(Math.min(LARGEST, Math.ceil(size * 1.2)));
    else return;
    event.preventDefault();
  };
  return (
    <Dialog.Root open onOpenChange={(isOpen) => { if (!isOpen) close(); }}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content className="mask-dialog" aria-describedby={undefined} onKeyDown={onKey} onPointerDownOutside={(event) => event.preventDefault()}>
          <div className="mask-tools">
            <Dialog.Title>{text("widget.mask.title")}</Dialog.Title>
            <div role="group" aria-label={text("widget.mask.tool")} className="mask-group">
              <button type="button" className="button" aria-pressed={!isEraser} onClick={() => setEraser(false)} title="B">{text("widget.mask.brush")}</button>
              <button type="button" className="button" aria-pressed={isEraser} onClick={() => setEraser(true)} title="E">{text("widget.mask.eraser")}</button>
            </div>
            <label>{text("widget.mask.size")}<input type="range" min={SMALLEST} max={LARGEST} value={size} onChange={(event) => setSize(Number(event.target.value))} /></label>
            <label>{text("widget.mask.hardness")}<input type="range" min={0} max={1} step={0.05} value={hardness} onChange={(event) => setHardness(Number(event.target.value))} /></label>
            <label>{text("widget.mask.zoom")}<input type="range" min={0.25} max={4} step={0.25} value={zoom} onChange={(event) => setZoom(Number(event.target.value))} /></label>
            <div className="mask-group">
              <button type="button" className="button" disabled={!steps.done.length} onClick={() => change(undoStep(steps))}>{text("action.undo")}</button>
              <button type="button" className="button" disabled={!steps.undone.length} onClick={() => change(redoStep(steps))}>{text("action.redo")}</button>
              <button type="button" className="button" onClick={() => add({ kind: "clear" })}>{text("widget.mask.clear")}</button>
              <button type="button" className="button" onClick={() => add({ kind: "invert" })}>{text("widget.mask.invert")}</button>
            </div>
          </div>
          <MaskCanvas
            file={file} brush={{ isEraser, size, hardness }} zoom={zoom} picture={picture} opened={setPicture}
            failed={() => { notify(text("widget.file.gone", { name: file.filename }), "error"); close(); }}
            drawn={(brush, points) => add({ kind: "stroke", brush, points }, true)}
          />
          <div className="mask-end">
            <small>{text("widget.mask.help")}</small>
            <Dialog.Close className="button">{text("widget.cancel")}</Dialog.Close>
            <button type="button" className="button is-primary" disabled={isBusy || !picture} onClick={() => void save()}>{text("widget.mask.save")}</button>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
