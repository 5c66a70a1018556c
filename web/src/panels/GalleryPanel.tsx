import { useCallback, useEffect, useRef, useState } from "react";
import { fileOf, listGallery, setStar, thumbnailUrl, type GalleryItem } from "../api/gallery.ts";
import { viewUrl } from "../api/client.ts";
import { openDialog } from "../state/dialogs.ts";
import { notify, runner } from "../state/editor.ts";
import { galleryChanges } from "../state/gallery.ts";
import { useText } from "../texts/text.ts";

const PAGE = 60;

/** All that was made, newest first: searched by name and prompt, starred, opened large, two of them compared. */
export default function GalleryPanel() {
  const text = useText();
  const [search, setSearch] = useState("");
  const [starred, setStarred] = useState(false);
  const { items, total, more, change } = useItems(search, starred);
  const [chosen, setChosen] = useState<readonly GalleryItem[]>([]);
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const watch = new IntersectionObserver(([entry]) => entry?.isIntersecting && more());
    if (end.current) watch.observe(end.current);
    return () => watch.disconnect();
  }, [more]);
  const choose = (item: GalleryItem): void =>
    setChosen(chosen.some(({ name }) => name === item.name) ? chosen.filter(({ name }) => name !== item.name) : [...chosen, item].slice(-2));
  const star = (item: GalleryItem): void => {
    change({ ...item, is_starred: !item.is_starred });
    setStar(item.name, !item.is_starred).catch((error: Error) => notify(error.message, "error"));
  };
  return (
    <div className="gallery">
      <input className="field" type="search" aria-label={text("gallery.search")} placeholder={text("gallery.search")} value={search} onChange={(event) => setSearch(event.target.value)} />
      <div className="panel-tools">
        <button type="button" className="button" aria-pressed={starred} onClick={() => setStarred(!starred)}>★ {text("gallery.starred")}</button>
        <button type="button" className="button" disabled={chosen.length !== 2} onClick={() => openDialog({ name: "compare", items: [chosen[0]!, chosen[1]!] })}>{text("gallery.compare", { count: chosen.length })}</button>
        <small role="status">{text("gallery.count", { count: total })}</small>
      </div>
      {total === 0 && <p className="panel-empty">{text(search || starred ? "gallery.nothing" : "gallery.none")}</p>}
      <ul className="gallery-grid">
        {items.map((item, at) => (
          <li key={item.name} className="gallery-tile">
            <button type="button" aria-label={text("gallery.open", { name: item.name })} onClick={() => openDialog({ name: "picture", items, at })}>
              {item.kind === "image" ? <img src={thumbnailUrl(fileOf(item))} alt="" loading="lazy" decoding="async" /> : item.kind === "video" ? <video src={viewUrl(fileOf(item))} muted preload="metadata" /> : <span className="gallery-sound">♪ {item.filename}</span>}
            </button>
            <button type="button" className="tile-star" aria-pressed={item.is_starred} aria-label={text("gallery.star", { name: item.name })} onClick={() => star(item)}>{item.is_starred ? "★" : "☆"}</button>
            {item.kind === "image" && <input type="checkbox" className="tile-choice" aria-label={text("gallery.choose", { name: item.name })} checked={chosen.some(({ name }) => name === item.name)} onChange={() => choose(item)} />}
          </li>
        ))}
      </ul>
      <div ref={end} className="gallery-end" />
    </div>
  );
}

/** The files found, a page more each time `more` is called; read again from the start when a run ended. */
function useItems(search: string, starred: boolean) {
  const [{ items, total }, setFound] = useState<{ items: readonly GalleryItem[]; total: number }>({ items: [], total: 0 });
  const state = useRef({ turn: 0, isReading: false, count: 0, total: 0 });
  const read = useCallback(async (isFresh: boolean): Promise<void> => {
    const now = state.current;
    if (now.isReading && !isFresh) return;
    const turn = (now.turn += 1);
    now.isReading = true;
    try {
      const offset = isFresh ? 0 : now.count;
      const page = await listGallery({ search, starred, offset, limit: isFresh ? Math.max(PAGE, now.count) : PAGE });
      if (turn !== now.turn) return;
      setFound((old) => {
        const kept = isFresh ? [] : old.items;
        const known = new Set(kept.map(({ name }) => name));
        const all = [...kept, ...page.items.filter(({ name }) => !known.has(name))];
        Object.assign(now, { count: all.length, total: page.total });
        return { items: all, total: page.total };
      });
    } catch (error) {
      notify(error instanceof Error ? error.message : String(error), "error");
    } finally {
      if (turn === now.turn) now.isReading = false;
    }
  }, [search, starred]);
  useEffect(() => {
    state.current.count = 0;
    const timer = setTimeout(() => void read(true), search ? 200 : 0);
    const forget = [
      runner.onMessage((type, data) => { if (type === "executing" && data.node === null) void read(true); }),
      galleryChanges.subscribe(() => void read(true)),
    ];
    return () => {
      clearTimeout(timer);
      for (const stop of forget) stop();
    };
  }, [read, search]);
  const more = useCallback(() => { if (state.current.count > 0 && state.current.count < state.current.total) void read(false); }, [read]);
  const change = (item: GalleryItem): void => setFound((old) => ({ ...old, items: old.items.map((other) => (other.name === item.name ? item : other)) }));
  return { items, total, more, change };
}
