import { useState } from "react";
import { useStore } from "zustand";
import { viewUrl } from "../api/client.ts";
import { type FileRef, picturesOf } from "../core/runs.ts";
import { runPrefix } from "../core/session.ts";
import { runner, useSession, useTab } from "../state/editor.ts";
import { useText } from "../texts/text.ts";
import type { WidgetProps } from "./registry.ts";

/** The two pictures of the node's last run, one behind a slider. */
export function CompareWidget({ node, label }: WidgetProps) {
  const text = useText();
  const { id } = useTab();
  const [share, setShare] = useState(50);
  const prefix = useSession((state) => runPrefix(state.entered));
  const output = useStore(runner.storeOf(id), (run) => run.outputs[prefix + node]);
  const [first, second] = ["a_images", "b_images"].map((list): FileRef | undefined => picturesOf(output?.[list] ? { images: output[list]! } : undefined)[0]);
  if (!first && !second) return <p className="file-hint">{text("widget.compare.empty")}</p>;
  return (
    <div className="node-compare nodrag nopan" role="group" aria-label={label}>
      {first && <img src={viewUrl(first)} alt="A" draggable={false} />}
      {second && <img src={viewUrl(second)} alt="B" draggable={false} style={first ? { clipPath: `inset(0 0 0 ${share}%)` } : undefined} />}
      {first && second && <input type="range" min="0" max="100" value={share} aria-label={text("compare.slider")} onChange={(event) => setShare(Number(event.target.value))} />}
      {first && second && <i aria-hidden style={{ left: `${share}%` }} />}
    </div>
  );
}
