import { useMemo, useState } from "react";
import { inEnglish } from "../core/chinese.ts";
import { addNode } from "../core/commands/nodes.ts";
import { indexTypes, search } from "../core/search.ts";
import { canvas, useTab, useWorkspace } from "../state/editor.ts";
import { useText } from "../texts/text.ts";

/** All node types, to be searched and added. */
export default function NodesPanel() {
  const text = useText();
  const { session } = useTab();
  const catalog = useWorkspace((state) => state.catalog);
  const [query, setQuery] = useState("");
  const index = useMemo(() => indexTypes(catalog), [catalog]);
  const found = useMemo(() => search(index, inEnglish(query), 200), [index, query]);
  const add = (type: string): void => {
    const at = canvas.current?.pointer() ?? [0, 0];
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
