import { isObject } from "../core/json.ts";
import { useText } from "../texts/text.ts";
import { NumberWidget } from "./NumberWidget.tsx";
import type { WidgetProps } from "./registry.ts";

const SIDES = ["x", "y", "width", "height"] as const;
const MOST = 16384;

/** A rectangle in pixels: its corner and its size. */
export function BoxWidget(props: WidgetProps) {
  const { spec, value, label, onChange } = props;
  const text = useText();
  const box = isObject(value) ? value : {};
  const start = isObject(spec.default) ? spec.default : {};
  return (
    <div className="box" role="group" aria-label={label}>
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
