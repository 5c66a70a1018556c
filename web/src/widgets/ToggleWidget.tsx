import { useText } from "../texts/text.ts";
import type { WidgetProps } from "./registry.ts";

/** On or off, in the node's own words where it has them. */
export function ToggleWidget({ label, spec, value, onChange }: WidgetProps) {
  const text = useText();
  const { label_on: on, label_off: off } = spec.options as { label_on?: string; label_off?: string };
  const isOn = value === true;
  return (
    <button type="button" role="switch" aria-checked={isOn} aria-label={label} className="toggle nodrag" onClick={() => onChange(!isOn)}>
      <span className="toggle-track" aria-hidden><span className="toggle-knob" /></span>
      <span>{isOn ? (on ?? text("toggle.on")) : (off ?? text("toggle.off"))}</span>
    </button>
  );
}
