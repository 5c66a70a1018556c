import { viewedSheet } from "../core/session.ts";
import { shownInputs, titleOf } from "../core/slots.ts";
import { selectedNodes } from "../core/session.ts";
import { useSession, useWorkspace } from "../state/editor.ts";
import { useText } from "../texts/text.ts";
import { WidgetHost } from "../widgets/WidgetHost.tsx";

/** All of the selected node: its inputs in full, and what it does. */
export default function Inspector() {
  const text = useText();
  const catalog = useWorkspace((state) => state.catalog);
  const ids = useSession((state) => selectedNodes(state).join("\n")).split("\n").filter(Boolean);
  const sheet = useSession(viewedSheet);
  const document = useSession((state) => state.document);
  const node = ids.length === 1 ? sheet.nodes[ids[0]!] : undefined;
  if (!node) return <p className="panel-empty">{ids.length ? text("inspector.many", { count: ids.length }) : text("inspector.nothing")}</p>;
  return (
    <div className="inspector">
      <h2>{titleOf(node, document, catalog)}</h2>
      <p>{catalog.get(node.type)?.description}</p>
      {shownInputs(node, catalog).map(({ key, label, input }) =>
        input ? (
          <div key={key} className="inspector-field">
            <span>{label}</span>
            <WidgetHost node={node} sheet={sheet.id} input={input} label={label} place="inspector" />
            {typeof input.options.tooltip === "string" && <small>{input.options.tooltip}</small>}
          </div>
        ) : null,
      )}
    </div>
  );
}
