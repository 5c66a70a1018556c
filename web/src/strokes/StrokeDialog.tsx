import { Dialog } from "radix-ui";
import { type KeyboardEvent, useState } from "react";
import { NO_STROKES, type StrokeStep, doStep, redoStep, undoStep } from "../core/strokes.ts";
import { notify } from "../state/editor.ts";
import { useText } from "../texts/text.ts";
import { type Ground, StrokeCanvas } from "./StrokeCanvas.tsx";
import type { StrokePicture } from "./StrokePicture.ts";

interface StrokeDialogProps {
  readonly title: string;
  readonly canvasLabel: string;
  readonly saveLabel: string;
  readonly ground: Ground;
  readonly clearness: number;
  /** The colour of a mask; a painting has its colours chosen. */
  readonly maskColor?: string;
  open(canvas: HTMLCanvasElement): Promise<StrokePicture>;
  failed(error: Error): void;
  /** Rejects with a sentence when the picture could not be kept. */
  save(picture: StrokePicture): Promise<void>;
  close(): void;
}

const SMALLEST = 2;
const LARGEST = 400;

const COLORS = ["#000000", "#ffffff", "#e6194b", "#f58231", "#ffe119", "#3cb44b", "#4363d8", "#911eb4"] as const;

/** Draw a mask or a painting. The keyboard has all of it too: B, E, [ and ], I, and arrows with Space on the picture. */
export function StrokeDialog({ title, canvasLabel, saveLabel, ground, clearness, maskColor, open, failed, save: keep, close }: StrokeDialogProps) {
  const text = useText();
  const [picture, setPicture] = useState<StrokePicture | null>(null);
  const [steps, setSteps] = useState(NO_STROKES);
  const [color, setColor] = useState<string>(COLORS[2]);
  const [isEraser, setEraser] = useState(false);
  const [size, setSize] = useState(40);
  const [hardness, setHardness] = useState(0.8);
  const [zoom, setZoom] = useState(1);
  const [isBusy, setBusy] = useState(false);
  const [isWarned, setWarned] = useState(false);
  const show = (next: typeof steps): void => {
    setSteps(next);
    setWarned(false);
  };
  const change = (next: typeof steps): void => {
    if (next === steps) return;
    picture?.redraw(next.done);
    show(next);
  };
  const add = (step: StrokeStep, isDrawn = false): void => {
    const next = doStep(steps, step);
    if (!isDrawn) picture?.redraw(next.done);
    show(next);
  };
  /** The first Escape only warns: it would take all strokes with it. */
  const leave = (event: Event): void => {
    if (steps.done.length === 0 || isWarned) return;
    event.preventDefault();
    setWarned(true);
  };
  const save = async (): Promise<void> => {
    if (!picture) return;
    setBusy(true);
    try {
      await keep(picture);
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
    else if (key === "i" && maskColor) add({ kind: "invert" });
    else if (key === "[") setSize(Math.max(SMALLEST, Math.round(size / 1.2)));
    else if (key === "]") setSize(Math.min(LARGEST, Math.ceil(size * 1.2)));
    else return;
    event.preventDefault();
  };
  return (
    <Dialog.Root open onOpenChange={(isOpen) => { if (!isOpen) close(); }}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content className="mask-dialog" aria-describedby={undefined} onKeyDown={onKey} onEscapeKeyDown={leave} onPointerDownOutside={(event) => event.preventDefault()}>
          <div className="mask-tools">
            <Dialog.Title>{title}</Dialog.Title>
            <div role="group" aria-label={text("widget.mask.tool")} className="mask-group">
              <button type="button" className="button" aria-pressed={!isEraser} onClick={() => setEraser(false)} title="B">{text("widget.mask.brush")}</button>
              <button type="button" className="button" aria-pressed={isEraser} onClick={() => setEraser(true)} title="E">{text("widget.mask.eraser")}</button>
            </div>
            {!maskColor && <Colors color={color} choose={(next) => { setColor(next); setEraser(false); }} />}
            <label>{text("widget.mask.size")}<input type="range" min={SMALLEST} max={LARGEST} value={size} onChange={(event) => setSize(Number(event.target.value))} /></label>
            <label>{text("widget.mask.hardness")}<input type="range" min={0} max={1} step={0.05} value={hardness} onChange={(event) => setHardness(Number(event.target.value))} /></label>
            <label>{text("widget.mask.zoom")}<input type="range" min={0.25} max={4} step={0.25} value={zoom} onChange={(event) => setZoom(Number(event.target.value))} /></label>
            <div className="mask-group">
              <button type="button" className="button" disabled={!steps.done.length} onClick={() => change(undoStep(steps))}>{text("action.undo")}</button>
              <button type="button" className="button" disabled={!steps.undone.length} onClick={() => change(redoStep(steps))}>{text("action.redo")}</button>
              <button type="button" className="button" onClick={() => add({ kind: "clear" })}>{text("widget.mask.clear")}</button>
              {maskColor && <button type="button" className="button" onClick={() => add({ kind: "invert" })}>{text("widget.mask.invert")}</button>}
            </div>
          </div>
          <StrokeCanvas
            label={canvasLabel} ground={ground} clearness={clearness} brush={{ isEraser, size, hardness, color: maskColor ?? color }} zoom={zoom} picture={picture} open={open} opened={setPicture}
            failed={(error) => { failed(error); close(); }}
            drawn={(brush, points) => add({ kind: "stroke", brush, points }, true)}
          />
          <div className="mask-end">
            {isWarned ? <small role="alert" className="is-bad">{text("widget.strokes.leave")}</small> : <small>{text(maskColor ? "widget.mask.help" : "widget.paint.help")}</small>}
            <Dialog.Close className="button">{text("widget.cancel")}</Dialog.Close>
            <button type="button" className="button is-primary" disabled={isBusy || !picture} onClick={() => void save()}>{saveLabel}</button>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Colors({ color, choose }: { readonly color: string; choose(color: string): void }) {
  const text = useText();
  return (
    <div role="group" aria-label={text("widget.paint.color")} className="mask-group paint-colors">
      {COLORS.map((one) => (
        <button key={one} type="button" aria-label={one} aria-pressed={one === color} style={{ background: one }} onClick={() => choose(one)} />
      ))}
      <input type="color" aria-label={text("widget.paint.otherColor")} value={color} onChange={(event) => choose(event.target.value)} />
    </div>
  );
}
