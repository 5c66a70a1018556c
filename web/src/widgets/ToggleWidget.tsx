import { useText } from "../texts/text.ts";
import type { WidgetProps } from "./registry.ts";

export function ToggleWidget({ label, spec, value, onChange }: WidgetProps) {
  const text = useText();
  const { label_on: on, label_off: off } = spec.options as { label_on?: string; label_off?: string };
  const isOn = value === true;
  return (
    <button type="button" role="switch" aria-checked={isOn} aria-label={label} className="field toggle nodrag" onClick={() => onChange(!isOn)}>
      {isOn ? (on ?? text("toggle.on")) : (off ?? text("toggle.off"))}
    </button>
  );
}
