import { Suspense, lazy, useState } from "react";
import { opaqueUrl } from "../api/inputs.ts";
import { viewUrl } from "../api/client.ts";
import { readColor } from "../core/colors.ts";
import { fileOf, valueOf } from "../core/inputFiles.ts";
import { useText } from "../texts/text.ts";
import { newGesture } from "./gesture.ts";
import type { WidgetProps } from "./registry.ts";
import { usePictureInto } from "./usePictureInto.ts";

const PaintDialog = lazy(() => import("../paint/PaintDialog.tsx"));

/** Strokes over a picture or a plain canvas: seen on the node, painted in a dialog. The value names the file of the strokes. */
export function PainterWidget(props: WidgetProps) {
  const { value, values, label, node, name, onChange } = props;
  const text = useText();
  const [isPainting, setPainting] = useState(false);
  const below = usePictureInto(props, "image");
  const painted = typeof value === "string" && value ? fileOf(value, "input") : null;
  const size = { width: sizeOf(values.width), height: sizeOf(values.height) };
  const ground = { color: readColor(values.bg_color) ?? "#000000", ...(below ? { picture: opaqueUrl(below) } : {}) };
  return (
    <div className="painter nodrag" role="group" aria-label={label}>
      <button type="button" className="painter-sheet" aria-label={text("widget.paint.open")} style={{ aspectRatio: `${size.width} / ${size.height}`, background: ground.color }} onClick={() => setPainting(true)}>
        {below && <img className="painter-below" src={viewUrl(below, "webp;85")} alt="" draggable={false} />}
        {painted && <img key={String(value)} src={viewUrl(painted)} alt={text("widget.paint.strokes")} draggable={false} />}
        {!painted && <span>{text("widget.paint.empty")}</span>}
      </button>
      <div className="file-buttons">
        <button type="button" className="button" onClick={() => setPainting(true)}>{text("widget.paint.open")}</button>
        <button type="button" className="button" disabled={!painted} onClick={() => onChange("", newGesture("paint", node, name))}>{text("widget.mask.clear")}</button>
      </div>
      {isPainting && (
        <Suspense fallback={null}>
          <PaintDialog size={size} ground={ground} painted={painted} close={() => setPainting(false)} saved={(made) => onChange(valueOf(made, "input"), newGesture("paint", node, name))} />
        </Suspense>
      )}
    </div>
  );
}

function sizeOf(value: unknown): number {
  return typeof value === "number" && value > 0 ? value : 512;
}
