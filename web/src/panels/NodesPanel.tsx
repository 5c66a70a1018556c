import { useMemo, useState } from "react";
import { inEnglish } from "../core/chinese.ts";
import { addNode } from "../core/commands/nodes.ts";
import type { Point, Sheet } from "../core/document.ts";
import { indexTypes, search, weightOf } from "../core/search.ts";
import { canvas, useTab, useWorkspace } from "../state/editor.ts";
import { useText } from "../texts/text.ts";

const NEXT_TO = 40;

/** The place, or one beside it where no node lies exactly there: several added in a row are all seen. */
function freePlace(sheet: Sheet, [x, y]: Point): Point {
  const isTaken = Object.values(sheet.nodes).some(({ pos }) => Math.abs(pos[0] - x) < NEXT_TO / 2 && Math.abs(pos[1] - y) < NEXT_TO / 2);
  return isTaken ? freePlace(sheet, [x + NEXT_TO, y + NEXT_TO]) : [x, y];
}

/** All node types, to be searched and added. */
export default function NodesPanel() {
  const text = useText();
  const { session } = useTab();
  const catalog = useWorkspace((state) => state.catalog);
  const [query, setQuery] = useState("");
  const index = useMemo(() => indexTypes(catalog), [catalog]);
  const found = useMemo(() => search(index, inEnglish(query), 200, weightOf), [index, query]);
  const add = (type: string): void => {
    const at = freePlace(session.sheet, canvas.current?.pointer() ?? [0, 0]);
    session.select([session.perform("Add a node", (edit) => addNode(edit, session.sheet.id, type, at, catalog))]);
  };
  return (
    <div className="panel-list">
      <input className="field" type="search" aria-label={text("palette.label")} placeholder={text("palette.placeholder")} value={query} onChange={(event) => setQuery(event.target.value)} />
      <ul>
        {found.map((type) => (
          <li key={type.name}>
            <button type="button" className="row" onClick={() => add(type.name)} title={type.description}>
              <span>{type.title}</span>
              <small>{type.category}</small>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
