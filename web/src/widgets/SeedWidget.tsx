import type { Control } from "../core/seeds.ts";
import { CONTROLS } from "../core/seeds.ts";
import { CONTROL } from "../core/values.ts";
import { useText } from "../texts/text.ts";
import { NumberWidget } from "./NumberWidget.tsx";
import type { WidgetProps } from "./registry.ts";

/** A number and what becomes of it before the next run. */
export function SeedWidget(props: WidgetProps) {
  const text = useText();
  const name = props.name + CONTROL;
  return (
    <div className="seed">
      <NumberWidget {...props} />
      <select
        className="field nodrag"
        aria-label={text("seed.control")}
        title={text("seed.control")}
        value={String(props.values[name] ?? "randomize")}
        onChange={(event) => props.onChangeOther(name, event.target.value)}
      >
        {CONTROLS.map((control: Control) => (
          <option key={control} value={control}>{text(`control.${control}`)}</option>
        ))}
      </select>
    </div>
  );
}
