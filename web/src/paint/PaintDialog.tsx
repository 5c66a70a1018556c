import { uploadFile } from "../api/inputs.ts";
import { viewUrl } from "../api/client.ts";
import type { FileRef } from "../core/runs.ts";
import { notify } from "../state/editor.ts";
import type { Ground } from "../strokes/StrokeCanvas.tsx";
import { StrokeDialog } from "../strokes/StrokeDialog.tsx";
import { StrokePicture, loadPicture, toPng } from "../strokes/StrokePicture.ts";
import { useText } from "../texts/text.ts";

interface PaintDialogProps {
  /** Of the canvas, where no picture lies below. */
  readonly size: { readonly width: number; readonly height: number };
  readonly ground: Ground;
  readonly painted: FileRef | null;
  saved(made: FileRef): void;
  close(): void;
}

/** Paint over a picture or a plain canvas. Only the strokes are saved, on a clear ground. */
export default function PaintDialog({ size, ground, painted, saved, close }: PaintDialogProps) {
  const text = useText();
  const open = async (canvas: HTMLCanvasElement): Promise<StrokePicture> => {
    const below = ground.picture ? await loadPicture(ground.picture) : null;
    // Strokes whose file is gone are painted anew.
    const base = painted ? await loadPicture(viewUrl(painted)).catch(() => null) : null;
    if (painted && !base) notify(text("widget.file.gone", { name: painted.filename }), "error");
    return new StrokePicture(canvas, { ...(below ? { width: below.naturalWidth, height: below.naturalHeight } : size), base, color: "#000000" });
  };
  return (
    <StrokeDialog
      title={text("widget.paint.title")} canvasLabel={text("widget.paint.canvas")} saveLabel={text("widget.paint.save")} ground={ground} clearness={0} open={open}
      failed={() => notify(text("widget.paint.noGround"), "error")}
      save={async (picture) => saved(await uploadFile(await toPng(picture.canvas), "painting.png", "input", "painter"))} close={close}
    />
  );
}
