import { isObject } from "../core/json.ts";
import { useEffect, useState } from "react";
import { viewUrl } from "../api/client.ts";
import type { Point } from "../core/document.ts";
import { useText } from "../texts/text.ts";
import { BoxSheet } from "./BoxSheet.tsx";
import { newGesture } from "./gesture.ts";
import { NumberWidget } from "./NumberWidget.tsx";
import type { WidgetProps } from "./registry.ts";
import { usePictureInto } from "./usePictureInto.ts";

const SIDES = ["x", "y", "width", "height"] as const;
const MOST = 16384;

/** A rectangle in pixels: its corner and its size, as numbers, and drawn on the picture where that is known. */
export function BoxWidget(props: WidgetProps) {
  const { spec, value, label, onChange } = props;
  const text = useText();
  const box = isObject(value) ? value : {};
  const start = isObject(spec.default) ? spec.default : {};
  const picture = usePictureInto(props, "image");
  const url = picture ? viewUrl(picture) : null;
  const size = useSize(url);
  const [x, y, width, height] = SIDES.map((side) => Number(box[side] ?? start[side] ?? 0)) as [number, number, number, number];
  return (
    <div className="box" role="group" aria-label={label}>
      {url && size && (
        <BoxSheet
          label={label} width={size[0]} height={size[1]} boxes={[{ x, y, width, height }]} labels={[""]} chosen={0} picture={url} choose={() => undefined}
          change={(_, next, gesture) => onChange({ ...box, ...next }, gesture)} newGesture={() => newGesture("box", props.node, props.name)}
        />
      )}
      {SIDES.map((side) => (
        <div key={side} className="box-side">
          <span aria-hidden>{text(`widget.box.${side}`)}</span>
          <NumberWidget
            {...props} name={`${props.name}.${side}`} label={`${label}: ${text(`widget.box.${side}`)}`} value={box[side] ?? 0}
            spec={{ kind: "number", isWhole: true, default: start[side] ?? 0, options: { min: side === "x" || side === "y" ? 0 : 1, max: MOST } }}
            onChange={(next, gesture) => onChange({ ...box, [side]: next }, gesture)}
          />
        </div>
      ))}
    </div>
  );
}

/** The size of the picture at an address, once it is known. */
function useSize(url: string | null): Point | null {
  const [found, setFound] = useState<{ readonly url: string; readonly size: Point } | null>(null);
  useEffect(() => {
    if (!url) return;
    const picture = new Image();
    picture.onload = () => setFound({ url, size: [picture.naturalWidth, picture.naturalHeight] });
    picture.src = url;
    return () => { picture.onload = null; };
  }, [url]);
  return found && found.url === url ? found.size : null;
}
