import { useEffect, useState } from "react";
import { viewUrl } from "../api/client.ts";
import { fileOf, readInfo, type GalleryItem } from "../api/gallery.ts";
import { setValue } from "../core/commands/nodes.ts";
import { ROOT } from "../core/document.ts";
import type { Json, JsonObject } from "../core/json.ts";
import { compareParameters, type ParameterDifference, readable } from "../core/parameters.ts";
import { DialogFrame } from "../panels/DialogFrame.tsx";
import { notify, useTab } from "../state/editor.ts";
import { openWorkflowOf } from "../state/gallery.ts";
import { useText } from "../texts/text.ts";
import { closeDialog } from "../state/dialogs.ts";

type Mode = "slider" | "beside" | "difference";
const MODES: readonly Mode[] = ["slider", "beside", "difference"];

/** Two pictures: one over the other with a slider, side by side, or what differs; and what differs in their parameters. */
export default function CompareDialog({ items }: { readonly items: readonly [GalleryItem, GalleryItem] }) {
  const text = useText();
  const [mode, setMode] = useState<Mode>("slider");
  const [share, setShare] = useState(50);
  const [gain, setGain] = useState(4);
  const [first, second] = items.map((item) => viewUrl(fileOf(item))) as [string, string];
  return (
    <DialogFrame title={text("compare.title")} className="compare-dialog">
      <div className="panel-tools" role="radiogroup" aria-label={text("compare.mode")}>
        {MODES.map((name) => <button key={name} type="button" className="button" role="radio" aria-checked={name === mode} onClick={() => setMode(name)}>{text(`compare.${name}`)}</button>)}
      </div>
      <div className={`compare-view is-${mode}`} style={mode === "difference" ? { filter: `brightness(${gain})` } : undefined}>
        <figure><img src={first} alt={items[0].name} /><figcaption>A · {items[0].name}</figcaption></figure>
        <figure style={mode === "slider" ? { clipPath: `inset(0 0 0 ${share}%)` } : undefined}><img src={second} alt={items[1].name} /><figcaption>B · {items[1].name}</figcaption></figure>
      </div>
      {mode === "slider" && <input type="range" min="0" max="100" value={share} aria-label={text("compare.slider")} onChange={(event) => setShare(Number(event.target.value))} />}
      {mode === "difference" && <label className="compare-gain">{text("compare.gain", { gain })}<input type="range" min="1" max="16" value={gain} onChange={(event) => setGain(Number(event.target.value))} /></label>}
      <Differences items={items} />
    </DialogFrame>
  );
}

function Differences({ items }: { readonly items: readonly [GalleryItem, GalleryItem] }) {
  const text = useText();
  const { session } = useTab();
  const [infos, setInfos] = useState<readonly [JsonObject, JsonObject] | null>(null);
  useEffect(() => void Promise.all(items.map((item) => readInfo(fileOf(item)).catch(() => ({}) as JsonObject))).then(([a, b]) => setInfos([a!, b!])), [items]);
  if (!infos) return null;
  const differences = compareParameters(infos[0].prompt, infos[1].prompt);
  const isHere = ({ node, type }: ParameterDifference): boolean => session.document.sheets[ROOT]?.nodes[node]?.type === type;
  const take = (list: readonly ParameterDifference[], side: "before" | "after"): void => {
    session.perform(text("compare.restore"), (edit) => {
      for (const { node, input, [side]: value } of list) if (value !== undefined) setValue(edit, ROOT, node, input, value as Json);
    });
    notify(text("compare.restored", { count: list.length }));
  };
  const usable = differences.filter(isHere);
  return (
    <section aria-label={text("compare.parameters")}>
      <div className="panel-tools">
        <h3>{text("compare.parameters")}</h3>
        {(["before", "after"] as const).map((side, i) => (
          <span key={side} className="panel-tools">
            <button type="button" className="button" disabled={usable.length === 0} onClick={() => take(usable, side)}>{text("compare.takeAll", { name: i ? "B" : "A" })}</button>
            <button type="button" className="button" onClick={() => void openWorkflowOf(items[i]!).then((isOpen) => isOpen && closeDialog(), (error: Error) => notify(error.message, "error"))}>{text("compare.open", { name: i ? "B" : "A" })}</button>
          </span>
        ))}
      </div>
      {differences.length === 0 ? <p className="panel-empty">{text("compare.same")}</p> : (
        <table className="parameters">
          <thead><tr><th scope="col">{text("compare.input")}</th><th scope="col">A</th><th scope="col">B</th></tr></thead>
          <tbody>
            {differences.map((difference) => (
              <tr key={`${difference.node} ${difference.input}`}>
                <th scope="row">{difference.title} · {difference.input}</th>
                {(["before", "after"] as const).map((side) => (
                  <td key={side}>
                    {isHere(difference) && difference[side] !== undefined
                      ? <button type="button" className="link-button" title={text("compare.restore")} onClick={() => take([difference], side)}>{readable(difference[side])}</button>
                      : readable(difference[side])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
