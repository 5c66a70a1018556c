import { type ReactNode, useEffect, useRef, useState } from "react";

interface VirtualListProps {
  readonly id: string;
  readonly label: string;
  readonly count: number;
  /** The row that has to be in sight. */
  readonly at: number;
  readonly rowHeight: number;
  readonly isMultiple?: boolean;
  row(index: number): ReactNode;
}

const MOST_HEIGHT = 340;
const SPARE_ROWS = 6;

/** A list of any length of which only the rows in sight are drawn. `row` gives elements with role "option". */
export function VirtualList({ id, label, count, at, rowHeight, isMultiple, row }: VirtualListProps) {
  const [top, setTop] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const height = Math.min(MOST_HEIGHT, count * rowHeight);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const start = at * rowHeight;
    if (start < element.scrollTop) element.scrollTop = start;
    else if (start + rowHeight > element.scrollTop + height) element.scrollTop = start + rowHeight - height;
  }, [at, rowHeight, height, count]);
  const first = Math.max(0, Math.floor(top / rowHeight) - SPARE_ROWS);
  const last = Math.min(count, Math.ceil((top + height) / rowHeight) + SPARE_ROWS);
  return (
    <div
      ref={box} id={id} role="listbox" aria-label={label} aria-multiselectable={isMultiple} tabIndex={-1} className="virtual-list" style={{ height }}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
    >
      <div role="presentation" style={{ height: count * rowHeight, position: "relative" }}>
        <div role="presentation" style={{ transform: `translateY(${first * rowHeight}px)` }}>
          {Array.from({ length: Math.max(0, last - first) }, (_, i) => row(first + i))}
        </div>
      </div>
    </div>
  );
}
