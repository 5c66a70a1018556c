import { useEffect, useState } from "react";
import { viewUrl } from "../api/client.ts";
import { fileOf, readInfo, setStar, type GalleryItem } from "../api/gallery.ts";
import type { JsonObject } from "../core/json.ts";
import { parametersOf, readable } from "../core/parameters.ts";
import { DialogFrame } from "../panels/DialogFrame.tsx";
import { closeDialog, openDialog } from "../state/dialogs.ts";
import { notify } from "../state/editor.ts";
import { deleteItem, galleryChanges, openWorkflowOf } from "../state/gallery.ts";
import { useText } from "../texts/text.ts";

/** One saved file large, with what it was made with; arrow keys lead on. */
export default function PictureDialog({ items, at }: { readonly items: readonly GalleryItem[]; readonly at: number }) {
  const text = useText();
  const [index, setIndex] = useState(at);
  const item = items[Math.min(index, items.length - 1)]!;
  const [stars, setStars] = useState<{ readonly [name: string]: boolean }>({});
  const isStarred = stars[item.name] ?? item.is_starred;
  const go = (by: number): void => setIndex(Math.min(items.length - 1, Math.max(0, index + by)));
  const attempt = (work: Promise<unknown>): void => void work.catch((error: Error) => notify(error.message, "error"));
  const star = (): void => {
    setStars({ ...stars, [item.name]: !isStarred });
    attempt(setStar(item.name, !isStarred).then(() => galleryChanges.setState(({ count }) => ({ count: count + 1 }))));
  };
  const remove = (): void => openDialog({
    name: "confirm", title: text("gallery.delete"), message: text("gallery.deleteSure", { name: item.name }), action: text("gallery.delete"),
    take: () => attempt(deleteItem(item)),
  });
  return (
    <DialogFrame title={item.name} className="picture-dialog" onKeyDown={(event) => (event.key === "ArrowRight" ? go(1) : event.key === "ArrowLeft" ? go(-1) : undefined)}>
      <div className="picture-large">
        {item.kind === "image" ? <img src={viewUrl(fileOf(item))} alt={item.name} /> : item.kind === "video" ? <video src={viewUrl(fileOf(item))} controls loop /> : <audio src={viewUrl(fileOf(item))} controls />}
      </div>
      <div className="picture-side">
        <div className="panel-tools">
          <button type="button" className="button" disabled={index === 0} aria-label={text("gallery.previous")} onClick={() => go(-1)}>←</button>
          <button type="button" className="button" disabled={index === items.length - 1} aria-label={text("gallery.next")} onClick={() => go(1)}>→</button>
          <button type="button" className="button" aria-pressed={isStarred} aria-label={text("gallery.star", { name: item.name })} onClick={star}>{isStarred ? "★" : "☆"}</button>
          <button type="button" className="button is-primary" onClick={() => attempt(openWorkflowOf(item).then((isOpen) => isOpen && closeDialog()))}>{text("gallery.workflow")}</button>
          <a className="button" href={viewUrl(fileOf(item))} download={item.filename}>{text("gallery.download")}</a>
          <button type="button" className="button" onClick={remove}>{text("gallery.delete")}</button>
        </div>
        <p className="muted">{new Date(item.modified * 1000).toLocaleString()} · {(item.size / 1000).toFixed(0)} kB</p>
        <Made key={item.name} item={item} />
      </div>
    </DialogFrame>
  );
}

function Made({ item }: { readonly item: GalleryItem }) {
  const text = useText();
  const [info, setInfo] = useState<JsonObject | null>(null);
  useEffect(() => void readInfo(fileOf(item)).then(setInfo, () => setInfo({})), [item]);
  if (!info) return null;
  const parameters = parametersOf(info.prompt);
  if (parameters.length === 0) return <p className="panel-empty">{typeof info.parameters === "string" ? info.parameters : text("gallery.bare")}</p>;
  return (
    <table className="parameters">
      <caption className="visually-hidden">{text("gallery.parameters")}</caption>
      <tbody>
        {parameters.map(({ node, title, input, value }) => (
          <tr key={`${node} ${input}`}><th scope="row" title={`${title} (${node})`}>{title} · {input}</th><td>{readable(value)}</td></tr>
        ))}
      </tbody>
    </table>
  );
}
