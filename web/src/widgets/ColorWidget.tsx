import { useRef, useState } from "react";
import { colorNumber, readColor } from "../core/colors.ts";
import { useText } from "../texts/text.ts";
import { newGesture } from "./gesture.ts";
import type { WidgetProps } from "./registry.ts";

/** A colour: picked, or typed as #rrggbb. Inputs that hold numbers get numbers. */
export function ColorWidget({ name, label, spec, value, node, onChange }: WidgetProps) {
  const text = useText();
  const [draft, setDraft] = useState<string | null>(null);
  const gesture = useRef("");
  const shown = readColor(value) ?? "#000000";
  const put = (color: string, one?: string): void => onChange(spec.isWhole ? colorNumber(color) : color, one);
  const close = (isKept: boolean): void => {
    const typed = isKept && draft !== null ? readColor(draft) : null;
    setDraft(null);
    if (typed !== null && typed !== shown) put(typed);
  };
  return (
    <div className="color">
      <input
        type="color" className="nodrag" aria-label={label} value={shown} onFocus={() => { gesture.current = newGesture("color", node, name); }}
        onChange={(event) => put(event.target.value, gesture.current)}
      />
      <input
        className={`field nodrag${draft !== null && readColor(draft) === null ? " is-missing" : ""}`} aria-label={text("widget.color.code", { name: label })}
        spellCheck={false} value={draft ?? shown} onChange={(event) => setDraft(event.target.value)} onBlur={() => close(true)}
        onKeyDown={(event) => { if (event.key === "Enter" || event.key === "Escape") close(event.key === "Enter"); }}
      />
    </div>
  );
}
