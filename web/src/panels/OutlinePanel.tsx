import { useMemo, useRef, useState, type KeyboardEvent } from "react";
import { deleteAll } from "../core/commands/nodes.ts";
import type { Node, Sheet } from "../core/document.ts";
import { runPrefix, viewedSheet } from "../core/session.ts";
import { titleOf } from "../core/slots.ts";
import { canvas, runner, ui, useRun, useSession, useTab, useWorkspace } from "../state/editor.ts";
import { useText } from "../texts/text.ts";
import { OutlineNode } from "./OutlineNode.tsx";

/** The nodes of the sheet in view as a tree, sources first: a way to build and run a workflow without a pointer. */
export default function OutlinePanel() {
  const text = useText();
  const { session } = useTab();
  const catalog = useWorkspace((state) => state.catalog);
  const document = useSession((state) => state.document);
  const sheet = useSession(viewedSheet);
  const prefix = useSession((state) => runPrefix(state.entered));
  const selection = useSession((state) => state.selection);
  const runs = useRun((run) => run.nodes);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [at, setAt] = useState<string | null>(null);
  const tree = useRef<HTMLUListElement>(null);
  const nodes = useMemo(() => sourcesFirst(sheet), [sheet]);
  const current = at !== null && sheet.nodes[at] ? at : nodes[0]?.id;
  const focus = (id: string | undefined): void => {
    if (id === undefined) return;
    setAt(id);
    session.select([id]);
    tree.current?.querySelector<HTMLElement>(`[data-node="${CSS.escape(id)}"]`)?.focus();
  };
  const toggle = (id: string, isOpen: boolean): void => setOpen(new Set(isOpen ? [...open, id] : [...open].filter((other) => other !== id)));
  const onKeyDown = (event: KeyboardEvent<HTMLElement>, node: Node): void => {
    if (event.target !== event.currentTarget) return;
    const index = nodes.indexOf(node);
    const keys: Record<string, () => void> = {
      ArrowDown: () => focus(nodes[index + 1]?.id), ArrowUp: () => focus(nodes[index - 1]?.id),
      Home: () => focus(nodes[0]?.id), End: () => focus(nodes.at(-1)?.id),
      ArrowRight: () => toggle(node.id, true), ArrowLeft: () => toggle(node.id, false),
      Enter: () => toggle(node.id, !open.has(node.id)),
      " ": () => { session.select([node.id]); canvas.current?.fit([node.id]); },
      Delete: () => { session.perform("Delete", (edit) => deleteAll(edit, sheet.id, [node.id], catalog, false)); focus((nodes[index + 1] ?? nodes[index - 1])?.id); },
    };
    const action = keys[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  };
  return (
    <div className="outline">
      <div className="panel-tools">
        <button type="button" className="button" onClick={() => ui.setState({ palette: { pos: freePlace(sheet) } })}>{text("outline.add")}</button>
        <button type="button" className="button is-primary" onClick={() => void runner.run()}>{text("action.run")}</button>
      </div>
      <p className="muted" id="outline-help">{text("outline.help")}</p>
      <ul ref={tree} role="tree" aria-label={text("outline.label")} aria-describedby="outline-help">
        {nodes.map((node) => {
          const run = runs[prefix + node.id];
          const isOpen = open.has(node.id);
          return (
            <li
              key={node.id} role="treeitem" data-node={node.id} aria-expanded={isOpen} aria-selected={selection.has(node.id)} tabIndex={node.id === current ? 0 : -1}
              aria-label={`${titleOf(node, document, catalog)}, ${node.id}${run ? `, ${text(`outline.${run.state}`)}` : ""}`}
              onFocus={(event) => event.target === event.currentTarget && setAt(node.id)} onKeyDown={(event) => onKeyDown(event, node)}
            >
              <div className="outline-row" onClick={() => { focus(node.id); toggle(node.id, !isOpen); }}>
                <span aria-hidden>{isOpen ? "▾" : "▸"}</span><span>{titleOf(node, document, catalog)}</span><small className="muted">{node.id}{run ? ` · ${text(`outline.${run.state}`)}` : ""}</small>
              </div>
              {isOpen && <OutlineNode node={node} sheet={sheet} />}
            </li>
          );
        })}
      </ul>
      {nodes.length === 0 && <p className="panel-empty">{text("outline.empty")}</p>}
    </div>
  );
}

/** Each node after those that feed it; what lies in a circle comes last. */
export function sourcesFirst(sheet: Sheet): Node[] {
  const waiting = new Set(Object.keys(sheet.nodes));
  const sources = new Map<string, string[]>();
  for (const { from, to } of Object.values(sheet.links)) sources.set(to.node, [...(sources.get(to.node) ?? []), from.node]);
  const order: string[] = [];
  for (let found = true; found && waiting.size > 0; ) {
    const ready = [...waiting].filter((id) => !(sources.get(id) ?? []).some((source) => waiting.has(source)));
    found = ready.length > 0;
    for (const id of ready) waiting.delete(id);
    order.push(...ready);
  }
  return [...order, ...waiting].map((id) => sheet.nodes[id]!);
}

/** A place to the right of all that is there. */
function freePlace(sheet: Sheet): readonly [number, number] {
  const nodes = Object.values(sheet.nodes);
  return nodes.length ? [Math.max(...nodes.map(({ pos, size }) => pos[0] + size[0])) + 60, Math.min(...nodes.map(({ pos }) => pos[1]))] : [0, 0];
}
