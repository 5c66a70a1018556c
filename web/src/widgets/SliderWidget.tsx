import { useRef } from "react";
import { clamp, rangeOf } from "../core/numbers.ts";
import { newGesture } from "./gesture.ts";
import { NumberWidget } from "./NumberWidget.tsx";
import type { WidgetProps } from "./registry.ts";

/** A number between two ends: slid, or set like any other number beside it. */
export function SliderWidget(props: WidgetProps) {
  const { name, label, spec, value, node, onChange } = props;
  const range = rangeOf(spec.options, spec.isWhole === true);
  const gesture = useRef("");
  const begin = (): void => { gesture.current = newGesture("slide", node, name); };
  return (
    <div className="slider">
      <input
        type="range" className="nodrag nopan" aria-label={label} min={range.min} max={range.max} step={range.step} value={Number(value ?? 0)}
        onPointerDown={begin} onFocus={begin} onChange={(event) => onChange(clamp(Number(event.target.value), range), gesture.current)}
      />
      <NumberWidget {...props} />
    </div>
  );
}
