import { Popover } from "radix-ui";
import { type KeyboardEvent, type RefObject, useId, useMemo, useState } from "react";
import { findNames, folderOf, foldersIn, indexNames, nameOf } from "../core/choosing.ts";
import { useText } from "../texts/text.ts";
import { refreshChoices } from "./refresh.ts";
import { VirtualList } from "./VirtualList.tsx";

interface ChoicePopoverProps {
  readonly anchor: RefObject<HTMLElement | null>;
  readonly label: string;
  readonly names: readonly string[];
  /** What is chosen now; several when several may be. */
  readonly chosen: readonly string[];
  readonly isMultiple?: boolean;
  readonly query?: string;
  /** The address of a small picture of a choice, where there are pictures. */
  thumbnail?(name: string): string;
  /** The address of the picture of the choice that the arrows stand on; not every choice has one. */
  preview?(name: string): string;
  pick(name: string): void;
  close(): void;
}

const ROW_PX = 28;
const PICTURE_ROW_PX = 52;
const PAGE = 10;

/** The list of a choice: searched by letters, narrowed by folders; only the rows in sight exist, so any length opens at once. */
export function ChoicePopover({ anchor, label, names, chosen, isMultiple, query: start = "", thumbnail, preview, pick, close }: ChoicePopoverProps) {
  const text = useText();
  const id = useId();
  const [query, setQuery] = useState(start);
  const [folder, setFolder] = useState("");
  const index = useMemo(() => indexNames(names), [names]);
  const value = isMultiple ? "" : (chosen[0] ?? "");
  const found = useMemo(() => findNames(index, { query, folder, value }), [index, query, folder, value]);
  const folders = useMemo(() => foldersIn(names, folder), [names, folder]);
  const [moved, setMoved] = useState<number | null>(query ? 0 : null);
  const at = Math.min(moved ?? Math.max(0, found.names.indexOf(value)), found.names.length - 1);
  const rowHeight = thumbnail ? PICTURE_ROW_PX : ROW_PX;

  const take = (name: string | undefined): void => {
    if (name === undefined) return;
    pick(name);
    if (!isMultiple) close();
  };
  const onKey = (event: KeyboardEvent): void => {
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE, PageUp: -PAGE }[event.key];
    if (steps !== undefined) setMoved(Math.max(0, Math.min(found.names.length - 1, at + steps)));
    else if (event.key === "Enter" && !event.nativeEvent.isComposing) take(found.names[at]);
    else if (event.key === "Tab" && !event.shiftKey && folders.length === 0) close();
    else if (event.key === "Backspace" && query === "" && folder) setFolder(folderOf(folder.slice(0, -1)));
    else return event.stopPropagation();
    event.preventDefault();
    event.stopPropagation();
  };
  const row = (i: number) => {
    const name = found.names[i]!;
    const isChosen = chosen.includes(name);
    return (
      <div
        key={name} id={`${id}-${i}`} role="option" aria-selected={isMultiple ? isChosen : i === at} aria-setsize={found.names.length} aria-posinset={i + 1}
        className={`choice-row${i === at ? " is-at" : ""}${isChosen ? " is-chosen" : ""}`} style={{ height: rowHeight }} title={name}
        onPointerMove={() => { if (i !== at) setMoved(i); }} onClick={() => take(name)}
      >
        {thumbnail && <img src={thumbnail(name)} alt="" loading="lazy" decoding="async" draggable={false} />}
        <span className="choice-name">{nameOf(name)}</span>
        {i < found.similar && <small>{text("widget.choice.isSimilar")}</small>}
        {folderOf(name) && <small>{folderOf(name)}</small>}
        {isChosen && <span aria-hidden>✓</span>}
      </div>
    );
  };
  return (
    <Popover.Root open onOpenChange={(isOpen) => { if (!isOpen) close(); }}>
      <Popover.Anchor virtualRef={anchor as RefObject<HTMLElement>} />
      <Popover.Portal>
        <Popover.Content
          className="choice-popover" align="start" sideOffset={3} collisionPadding={8} aria-label={label}
          onCloseAutoFocus={(event) => { event.preventDefault(); anchor.current?.focus(); }}
        >
          <div className="choice-search">
            <input
              className="field" autoFocus role="combobox" aria-expanded aria-controls={id} aria-autocomplete="list" aria-label={label}
              aria-activedescendant={found.names.length ? `${id}-${at}` : undefined} placeholder={text("widget.choice.search", { count: names.length })}
              spellCheck={false} value={query} onChange={(event) => { setQuery(event.target.value); setMoved(0); }} onKeyDown={onKey}
            />
            <button type="button" className="icon-button" aria-label={text("widget.choice.refresh")} title={text("widget.choice.refresh")} onClick={() => void refreshChoices()}>↻</button>
          </div>
          {(folders.length > 0 || folder) && (
            <div className="choice-folders" role="group" aria-label={text("widget.choice.folders")}>
              {folder && <button type="button" onClick={() => { setFolder(folderOf(folder.slice(0, -1))); setMoved(0); }}>‹ {folder}</button>}
              {folders.map(([path, count]) => (
                <button key={path} type="button" onClick={() => { setFolder(path); setMoved(0); }}>{path.slice(folder.length)} <small>{count}</small></button>
              ))}
            </div>
          )}
          {found.names.length > 0
            ? <VirtualList id={id} label={label} count={found.names.length} at={at} rowHeight={rowHeight} isMultiple={isMultiple ?? false} row={row} />
            : <p id={id} className="panel-empty">{query ? text("widget.choice.none", { query }) : text("widget.choice.empty")}</p>}
          {preview && found.names[at] !== undefined && <Preview key={found.names[at]} url={preview(found.names[at]!)} name={found.names[at]!} />}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** Addresses that had no picture; they are not asked for again. */
const without = new Set<string>();

function Preview({ url, name }: { readonly url: string; readonly name: string }) {
  const text = useText();
  const [isGone, setGone] = useState(without.has(url));
  const fail = (): void => {
    without.add(url);
    setGone(true);
  };
  return isGone ? null : <img className="choice-preview" src={url} alt={text("widget.choice.picture", { name: nameOf(name) })} draggable={false} onError={fail} />;
}
