import { Dialog } from "radix-ui";
import { type ReactNode, useEffect, useRef, useState } from "react";

interface PickListProps<Item> {
  readonly label: string;
  readonly placeholder: string;
  readonly none: (query: string) => string;
  find(query: string): readonly Item[];
  keyOf(item: Item): string;
  show(item: Item): ReactNode;
  preview?(item: Item): ReactNode;
  /** Whether Shift keeps the list open for another pick; then that comes with isMore. */
  readonly takesMore?: boolean;
  pick(item: Item, isMore: boolean): void;
  close(): void;
}

/** A dialog with a search field and a list of what was found: arrows move, Enter picks, Shift+Enter picks and stays, Escape closes. */
export function PickList<Item>({ label, placeholder, none, find, keyOf, show, preview, takesMore = false, pick, close }: PickListProps<Item>) {
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const opener = useRef(document.activeElement);
  /** Back to the control that the list was opened from, unless what was picked took the focus. */
  const goBack = (event: Event): void => {
    event.preventDefault();
    const { current } = opener;
    if (document.activeElement === document.body && current instanceof HTMLElement && !current.closest(".react-flow")) current.focus({ preventScroll: true });
  };
  const found = find(query);
  const chosen = found[Math.min(at, found.length - 1)];
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [at, query]);
  const take = (item: Item | undefined, isMore: boolean): void => {
    if (item === undefined) return;
    if (!isMore) close();
    pick(item, isMore);
  };
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && close()}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content className="pick" aria-describedby={undefined} onCloseAutoFocus={goBack}>
          <Dialog.Title className="visually-hidden">{label}</Dialog.Title>
          <input
            className="field pick-query" autoFocus role="combobox" aria-expanded aria-controls="pick-list" aria-label={label} placeholder={placeholder} value={query}
            aria-activedescendant={chosen ? `pick-${keyOf(chosen)}` : undefined}
            onChange={(event) => { setQuery(event.target.value); setAt(0); }}
            onKeyDown={(event) => {
              if (event.key === "ArrowDown") setAt(Math.min(found.length - 1, at + 1));
              else if (event.key === "ArrowUp") setAt(Math.max(0, at - 1));
              else if (event.key === "Enter" && !event.nativeEvent.isComposing) take(chosen, takesMore && event.shiftKey);
              else return;
              event.preventDefault();
            }}
          />
          <div className="pick-columns">
            <ul ref={list} id="pick-list" role="listbox" aria-label={label}>
              {found.map((item, i) => (
                <li key={keyOf(item)} id={`pick-${keyOf(item)}`} role="option" aria-selected={item === chosen} onPointerMove={() => i !== at && setAt(i)} onClick={(event) => take(item, takesMore && event.shiftKey)}>
                  {show(item)}
                </li>
              ))}
            </ul>
            {preview && chosen && <div className="pick-preview">{preview(chosen)}</div>}
          </div>
          {found.length === 0 && <p className="panel-empty">{none(query)}</p>}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
