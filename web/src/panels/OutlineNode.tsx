import { addLink, dropLinks, mayLink } from "../core/commands/links.ts";
import { deleteAll } from "../core/commands/nodes.ts";
import type { End, Node, Sheet } from "../core/document.ts";
import { linkInto } from "../core/document.ts";
import { runPrefix } from "../core/session.ts";
import { shownInputs, shownOutputs, titleOf } from "../core/slots.ts";
import { runner, useSession, useTab, useWorkspace } from "../state/editor.ts";
import { useText } from "../texts/text.ts";
import { WidgetHost } from "../widgets/WidgetHost.tsx";

/** One node in the outline: what feeds each input, its widgets, and what can be done with it. */
export function OutlineNode({ node, sheet }: { readonly node: Node; readonly sheet: Sheet }) {
  const text = useText();
  const { session } = useTab();
  const catalog = useWorkspace((state) => state.catalog);
  const document = useSession((state) => state.document);
  const prefix = useSession((state) => runPrefix(state.entered));
  const definition = document.sheets[node.type];
  const sources = (slot: string): { end: End; label: string }[] => {
    const fed = linkInto(sheet, node.id, slot);
    const { [fed?.id ?? ""]: _, ...links } = sheet.links;
    return Object.values(sheet.nodes).flatMap((other) =>
      shownOutputs(other, catalog)
        .map(({ key, label }) => ({ end: { node: other.id, slot: key }, label: `${titleOf(other, document, catalog)} (${other.id}): ${label}` }))
        .filter(({ end }) => other.id !== node.id && mayLink({ ...sheet, links }, catalog, end, { node: node.id, slot })),
    );
  };
  const feed = (slot: string, value: string): void => {
    session.perform(text("outline.link"), (edit) => {
      dropLinks(edit, sheet.id, ({ to }) => to.node === node.id && to.slot === slot);
      if (value) addLink(edit, sheet.id, JSON.parse(value) as End, { node: node.id, slot }, catalog);
    });
  };
  return (
    <div role="group" className="outline-node">
      {shownInputs(node, catalog, definition).map(({ key, label, input }) => {
        const fed = linkInto(sheet, node.id, key)?.from;
        const value = fed ? JSON.stringify({ node: fed.node, slot: fed.slot }) : "";
        const found = sources(key);
        return (
          <div key={key} className="inspector-field">
            <span>{label}</span>
            {input && !fed && <WidgetHost node={node} sheet={sheet.id} input={input} label={label} place="inspector" />}
            {(found.length > 0 || fed) && (
              <select className="field" aria-label={text("outline.from", { name: label })} value={value} onChange={(event) => feed(key, event.target.value)}>
                <option value="">{text(input ? "outline.ownValue" : "outline.nothing")}</option>
                {found.map(({ end, label: name }) => <option key={name} value={JSON.stringify({ node: end.node, slot: end.slot })}>{name}</option>)}
              </select>
            )}
          </div>
        );
      })}
      <div className="panel-tools">
        <button type="button" className="button" onClick={() => void runner.run({ targets: [prefix + node.id] })}>{text("node.runHere")}</button>
        <button type="button" className="button" onClick={() => session.perform("Delete", (edit) => deleteAll(edit, sheet.id, [node.id], catalog, false))}>{text("action.delete")}</button>
      </div>
    </div>
  );
}
