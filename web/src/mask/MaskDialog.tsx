import { opaqueUrl, transparencyUrl, uploadMask } from "../api/inputs.ts";
import type { FileRef } from "../core/runs.ts";
import { notify } from "../state/editor.ts";
import { StrokeDialog } from "../strokes/StrokeDialog.tsx";
import { StrokePicture, fill, loadPicture, newCanvas, toPng } from "../strokes/StrokePicture.ts";
import { useText } from "../texts/text.ts";

interface MaskDialogProps {
  readonly file: FileRef;
  saved(made: FileRef): Promise<void>;
  close(): void;
}

const COLOR = "#ff406e";

/** Draw a mask over a picture; the transparency that the picture came with is the first mask. */
export default function MaskDialog({ file, saved, close }: MaskDialogProps) {
  const text = useText();
  const save = async (picture: StrokePicture): Promise<void> => {
    const stem = file.filename.replace(/\.[^.]+$/, "").replace(/-mask( \(\d+\))?$/, "");
    await saved(await uploadMask(await toPng(without(picture.canvas)), `${stem}-mask.png`, file));
  };
  return (
    <StrokeDialog
      title={text("widget.mask.title")} canvasLabel={text("widget.mask.canvas", { name: file.filename })} saveLabel={text("widget.mask.save")}
      ground={{ picture: opaqueUrl(file) }} clearness={0.4} maskColor={COLOR} open={(canvas) => openMask(canvas, file)}
      failed={() => notify(text("widget.file.gone", { name: file.filename }), "error")} save={save} close={close}
    />
  );
}

async function openMask(canvas: HTMLCanvasElement, file: FileRef): Promise<StrokePicture> {
  const transparency = await loadPicture(transparencyUrl(file));
  const { naturalWidth: width, naturalHeight: height } = transparency;
  return new StrokePicture(canvas, { width, height, base: without(transparency), color: COLOR });
}

/** Opaque where the picture is clear, and the other way round: as LoadImage's mask output reads a file, and back. */
function without(picture: HTMLImageElement | HTMLCanvasElement): HTMLCanvasElement {
  const pen = picture instanceof HTMLImageElement ? newCanvas(picture.naturalWidth, picture.naturalHeight) : newCanvas(picture.width, picture.height);
  fill(pen, COLOR);
  pen.globalCompositeOperation = "destination-out";
  pen.drawImage(picture, 0, 0);
  return pen.canvas;
}
