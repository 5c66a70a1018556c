import { useState } from "react";
import { viewUrl } from "../api/client.ts";
import { type Box, type LabelledBox, readBoxes, writeBoxes } from "../core/boxes.ts";
import { useText } from "../texts/text.ts";
import { BoxSheet } from "./BoxSheet.tsx";
import { newGesture } from "./gesture.ts";
import type { WidgetProps } from "./registry.ts";
import { usePictureInto } from "./usePictureInto.ts";

const SIZE = 1024;

/** Boxes on a canvas of the node's width and height, each with what is to be in it. */
export function BoxesWidget(props: WidgetProps) {
  const { value, values, label, node, name, onChange } = props;
  const text = useText();
  const [chosen, setChosen] = useState<number | null>(null);
  const below = usePictureInto(props, "background");
  const boxes = readBoxes(value);
  const at = chosen === null ? undefined : boxes[chosen];
  const put = (next: readonly LabelledBox[], gesture?: string): void => onChange(writeBoxes(next), gesture);
  const change = (index: number, fields: Partial<LabelledBox>, gesture?: string): void => put(boxes.map((box, i) => (i === index ? { ...box, ...fields } : box)), gesture);
  const remove = (index: number): void => {
    put(boxes.filter((_, i) => i !== index), newGesture("boxes", node, name));
    setChosen(null);
  };
  const added = (box: Box): LabelledBox => ({ ...box, kind: "obj", text: "", description: "", rest: {} });
  return (
    <div className="boxes nodrag" role="group" aria-label={label}>
      <BoxSheet
        label={label} width={Number(values.width) || SIZE} height={Number(values.height) || SIZE} boxes={boxes} chosen={chosen} choose={setChosen}
        labels={boxes.map((box, i) => `${i + 1} ${box.text || box.description}`)} picture={below ? viewUrl(below, "webp;85") : undefined}
        change={(index, box, gesture) => change(index, box, gesture)} add={(box, gesture) => put([...boxes, added(box)], gesture)} remove={remove}
        newGesture={() => newGesture("boxes", node, name)}
      />
      {boxes.length === 0 && <p className="file-hint">{text("widget.boxes.hint")}</p>}
      {at && chosen !== null && (
        <div className="box-words">
          <select className="field" aria-label={text("widget.boxes.kind")} value={at.kind} onChange={(event) => change(chosen, { kind: event.target.value === "text" ? "text" : "obj" })}>
            <option value="obj">{text("widget.boxes.thing")}</option>
            <option value="text">{text("widget.boxes.words")}</option>
          </select>
          {at.kind === "text" && (
            <input className="field" aria-label={text("widget.boxes.text")} placeholder={text("widget.boxes.text")} value={at.text} onChange={(event) => change(chosen, { text: event.target.value }, `text ${node} ${name} ${chosen}`)} />
          )}
          <input
            className="field" aria-label={text("widget.boxes.description")} placeholder={text("widget.boxes.description")} value={at.description}
            onChange={(event) => change(chosen, { description: event.target.value }, `description ${node} ${name} ${chosen}`)}
          />
          <button type="button" className="button" onClick={() => remove(chosen)}>{text("gallery.delete")}</button>
        </div>
      )}
    </div>
  );
}
