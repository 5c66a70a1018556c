import { type CSSProperties, useState } from "react";
import { viewUrl } from "../api/client.ts";
import { picturesOf } from "../core/runs.ts";
import { useRun } from "../state/editor.ts";
import { openDialog } from "../state/dialogs.ts";
import { useText } from "../texts/text.ts";

/** What a node shows: the preview while it runs, then the pictures it made. */
export function NodePictures({ runId, name }: { readonly runId: string; readonly name: string }) {
  const text = useText();
  const preview = useRun((run) => (run.nodes[runId]?.state === "running" ? run.nodes[runId]?.preview : undefined));
  const output = useRun((run) => run.outputs[runId]);
  const [chosen, setChosen] = useState<number | null>(null);
  if (preview) return <img className="picture is-preview" src={preview} alt="" draggable={false} />;
  const pictures = picturesOf(output);
  if (pictures.length === 0) return null;
  const label = (i: number): string => text("node.picture", { index: i + 1, count: pictures.length, name });
  const shown = chosen !== null ? pictures[chosen] : pictures.length === 1 ? pictures[0] : undefined;
  const openLarge = (at: number): void => openDialog({ name: "large", title: name, files: pictures, at });
  if (shown) {
    const index = pictures.indexOf(shown);
    return (
      <div className="picture-place">
        <button type="button" className="picture-button nodrag" onClick={() => setChosen(null)} aria-label={label(index)}>
          <img className="picture" src={viewUrl(shown)} alt={label(index)} draggable={false} />
        </button>
        <button type="button" className="icon-button picture-larger nodrag" aria-label={text("node.larger", { name: label(index) })} title={text("node.large")} onClick={() => openLarge(index)}>⤢</button>
      </div>
    );
  }
  return (
    <div className="picture-grid" style={{ "--most": Math.ceil(Math.sqrt(pictures.length)) } as CSSProperties}>
      {pictures.map((file, i) => (
        <button key={file.filename} type="button" className="picture-button nodrag" onClick={() => setChosen(i)} aria-label={label(i)}>
          <img className="picture" src={viewUrl(file)} alt={label(i)} draggable={false} loading="lazy" />
        </button>
      ))}
    </div>
  );
}
