import { compareDocuments, type DocumentDifference } from "../core/difference.ts";
import type { Document, Node } from "../core/document.ts";
import type { Json } from "../core/json.ts";
import { ROOT } from "../core/document.ts";
import { readable } from "../core/parameters.ts";
import { titleOf } from "../core/slots.ts";
import { uuid } from "../core/ids.ts";
import { DialogFrame } from "../panels/DialogFrame.tsx";
import { closeDialog } from "../state/dialogs.ts";
import { useWorkspace, workspace } from "../state/editor.ts";
import { useText } from "../texts/text.ts";

interface DifferenceProps {
  readonly title: string;
  readonly before: Document;
  readonly after: Document;
  restore?(): void;
}

/** Two states of a workflow: a map on which what came, went and changed is coloured, and the same as a list. */
export default function DifferenceDialog({ title, before, after, restore }: DifferenceProps) {
  const text = useText();
  const catalog = useWorkspace((state) => state.catalog);
  const difference = compareDocuments(before, after);
  const isSame = difference.nodes.length === 0 && difference.links.length === 0;
  const name = (node: Node): string => titleOf(node, after, catalog);
  const said = (field: string, value: Json | undefined): string => (field === "mode" && (value === 0 || value === 2 || value === 4) ? text(`mode.${value}`) : readable(value));
  return (
    <DialogFrame title={title} className="difference-dialog">
      <div className="panel-tools">
        {restore && <button type="button" className="button is-primary" onClick={() => { restore(); closeDialog(); }}>{text("versions.restore")}</button>}
        <button type="button" className="button" onClick={() => { workspace.open(title, { ...before, id: uuid() }); closeDialog(); }}>{text("versions.open")}</button>
      </div>
      {isSame ? <p className="panel-empty">{text("versions.same")}</p> : (
        <>
          <DifferenceMap before={before} after={after} difference={difference} name={name} />
          <ul className="panel-list">
            {difference.nodes.map(({ kind, sheet, node, values }) => (
              <li key={`${kind} ${sheet} ${node.id}`}>
                <span className={`badge difference-${kind}`}>{text(`versions.${kind}`)}</span> {name(node)} <small className="muted">{node.id}</small>
                {values.length > 0 && (
                  <ul className="value-changes">{values.map((value) => <li key={value.name}>{value.name}: <del>{said(value.name, value.before)}</del> → <ins>{said(value.name, value.after)}</ins></li>)}</ul>
                )}
              </li>
            ))}
            {difference.links.length > 0 && <li>{text("versions.links", { added: difference.links.filter(({ kind }) => kind === "added").length, removed: difference.links.filter(({ kind }) => kind === "removed").length })}</li>}
          </ul>
        </>
      )}
    </DialogFrame>
  );
}

interface MapProps {
  readonly before: Document;
  readonly after: Document;
  readonly difference: DocumentDifference;
  name(node: Node): string;
}

function DifferenceMap({ before, after, difference, name }: MapProps) {
  const text = useText();
  const kinds = new Map(difference.nodes.filter(({ sheet }) => sheet === ROOT).map(({ node, kind }) => [`${kind === "removed" ? "-" : ""}${node.id}`, kind]));
  const gone = difference.nodes.filter(({ sheet, kind }) => sheet === ROOT && kind === "removed").map(({ node }) => node);
  const nodes = Object.values(after.sheets[ROOT]!.nodes);
  const all = [...nodes, ...gone];
  const [left, top] = [Math.min(...all.map(({ pos }) => pos[0])), Math.min(...all.map(({ pos }) => pos[1]))];
  const [right, bottom] = [Math.max(...all.map(({ pos, size }) => pos[0] + size[0])), Math.max(...all.map(({ pos, size }) => pos[1] + size[1]))];
  const sheets = { ...before.sheets[ROOT]!.nodes, ...after.sheets[ROOT]!.nodes };
  const middle = (id: string, share: number): string => {
    const node = sheets[id];
    return node ? `${node.pos[0] + node.size[0] * share} ${node.pos[1] + 20}` : `${left} ${top}`;
  };
  const changedLinks = new Map(difference.links.filter(({ sheet }) => sheet === ROOT).map(({ link, kind }) => [link, kind]));
  const links = [...Object.values(after.sheets[ROOT]!.links), ...[...changedLinks].filter(([, kind]) => kind === "removed").map(([link]) => link)];
  return (
    <svg className="difference-map" viewBox={`${left - 20} ${top - 50} ${right - left + 40} ${bottom - top + 70}`} role="img" aria-label={text("versions.map")}>
      {links.map((link) => <path key={`${link.id} ${changedLinks.get(link) ?? ""}`} className={`difference-${changedLinks.get(link) ?? "same"}`} d={`M ${middle(link.from.node, 1)} L ${middle(link.to.node, 0)}`} />)}
      {all.map((node, i) => {
        const kind = kinds.get(i < nodes.length ? node.id : `-${node.id}`) ?? "same";
        return (
          <g key={`${kind} ${node.id}`} className={`difference-${kind}`}>
            <rect x={node.pos[0]} y={node.pos[1] - 30} width={node.size[0]} height={node.size[1] + 30} rx="8" />
            <text x={node.pos[0] + 10} y={node.pos[1] - 6}>{name(node)}</text>
          </g>
        );
      })}
    </svg>
  );
}
