import { type NodeProps, NodeResizeControl } from "@xyflow/react";
import { memo } from "react";
import { safeColor } from "../core/colors.ts";
import { resizeNode } from "../core/commands/nodes.ts";
import { BYPASSED, MUTED, type Node, ROOT } from "../core/document.ts";
import { isVirtual } from "../core/prompt.ts";
import { runPrefix, viewedSheet } from "../core/session.ts";
import { hasSocket, sharedWidgets, shownInputs, shownOutputs, titleOf } from "../core/slots.ts";
import { useRun, useSession, useTab, useUi, useWorkspace } from "../state/editor.ts";
import { useDryRun } from "../state/dryRun.ts";
import { useProblems } from "../state/problems.ts";
import { useText } from "../texts/text.ts";
import { WidgetHost } from "../widgets/WidgetHost.tsx";
import { NodeResults } from "../widgets/NodeResults.tsx";
import { fedInputs } from "./fed.ts";
import type { CardNode } from "./flow.ts";
import { NodeHead } from "./NodeHead.tsx";
import { NodePictures } from "./NodePictures.tsx";
import { NoteBody } from "./NoteBody.tsx";
import { Socket } from "./Socket.tsx";

/** A node: its head, sockets, widgets and pictures. */
export const NodeCard = memo(function NodeCard({ id, data, selected }: NodeProps<CardNode>) {
  const node = data.node;
  const sheet = useSession((state) => viewedSheet(state).id);
  const prefix = useSession((state) => runPrefix(state.entered));
  const state = useRun((run) => run.nodes[prefix + id]?.state ?? "");
  const hasRunProblem = useRun((run) => run.problems.some((problem) => problem.node === prefix + id));
  const hasProblem = useDryRun((dryRun) => dryRun.problems.some((problem) => problem.node === prefix + id)) || hasRunProblem;
  const isInRun = useRun((run) => run.isRunning) && state !== "" && state !== "waiting";
  const isStale = useDryRun((dryRun) => dryRun.nodes[prefix + id]?.state === "runs") && !isInRun;
  const isAside = useUi(({ aimed }) => aimed !== null && !aimed.has(id));
  const isMissing = useWorkspace(({ catalog }) => catalog.size > 0 && !catalog.has(node.type)) && !isVirtual(node);
  const isDefined = useSession(({ document }) => node.type in document.sheets);
  const classes = [
    "card", selected && "is-selected", node.mode === MUTED && "is-muted", node.mode === BYPASSED && "is-bypassed",
    node.isCollapsed && "is-collapsed", state && `is-${state}`, isStale && "is-stale", isAside && "is-aside",
    (hasProblem || (isMissing && !isDefined)) && "is-wrong", isDefined && "is-subgraph",
    (node.color !== undefined || node.bgcolor !== undefined) && "is-painted",
  ];
  const style = { "--node-head": safeColor(node.color), "--node-body": safeColor(node.bgcolor), minHeight: node.isCollapsed ? undefined : node.size[1] };
  return (
    <div className={classes.filter(Boolean).join(" ")} style={style as React.CSSProperties}>
      <NodeHead node={node} runId={prefix + id} />
      {node.isCollapsed ? <BareSockets node={node} /> : <Body node={node} sheet={sheet} runId={prefix + id} isMissing={isMissing && !isDefined} />}
      {selected && !node.isCollapsed && <Resizer id={id} />}
    </div>
  );
});

interface BodyProps {
  readonly node: Node;
  readonly sheet: string;
  readonly runId: string;
  readonly isMissing: boolean;
}

function Body({ node, sheet, runId, isMissing }: BodyProps) {
  const text = useText();
  const catalog = useWorkspace((state) => state.catalog);
  const fed = useSession((state) => fedInputs(viewedSheet(state), node.id));
  const problems = useProblems();
  const definition = useSession(({ document }) => (node.type === ROOT ? undefined : document.sheets[node.type]));
  const own = problems.filter((problem) => problem.node === runId);
  const title = useTitle(node);
  if (node.type === "Note" || node.type === "MarkdownNote") return <NoteBody node={node} sheet={sheet} />;
  const inputs = shownInputs(node, catalog, definition);
  return (
    <div className="card-body">
      {isMissing && <p className="card-problem">{text("node.missing", { type: node.type })}</p>}
      <div className="card-sockets">
        <div>
          {inputs.filter(({ input }) => !input).map(({ key, label, type, isOptional }) => (
            <div key={key} className={`slot in${isOptional ? " is-optional" : ""}`}>
              <Socket node={node.id} slot={key} type={type} side="in" isFed={fed.includes(`\n${key}\n`)} />
              <span>{label}</span>
            </div>
          ))}
        </div>
        <div>
          {shownOutputs(node, catalog).map(({ key, label, type }) => (
            <div key={key} className="slot out">
              <span>{label}</span>
              <Socket node={node.id} slot={key} type={type} side="out" />
            </div>
          ))}
        </div>
      </div>
      {inputs.map((shown) => {
        const { key, label, type, input } = shown;
        if (!input) return null;
        const isFed = fed.includes(`\n${key}\n`);
        const problem = own.find((candidate) => candidate.input === key);
        return (
          <div key={key} data-input={key} className={`widget widget-${input.widget!.kind}${problem ? " is-wrong" : ""}`}>
            {(isFed || hasSocket(shown)) && <Socket node={node.id} slot={key} type={type} side="in" isFed={isFed} />}
            <span className="widget-label" title={typeof input.options.tooltip === "string" ? input.options.tooltip : undefined}>{label}</span>
            {isFed ? <span className="widget-fed">{text("node.newValue")}</span> : <WidgetHost node={node} sheet={sheet} input={input} label={label} place="node" />}
            {problem && <p className="card-problem">{problem.message}</p>}
          </div>
        );
      })}
      {definition && sharedWidgets(node, definition, catalog).map(({ node: inner, input }) => (
        <div key={`${inner.id} ${input.name}`} className={`widget widget-${input.widget!.kind} shared-widget`}>
          <span className="widget-label">{input.name}</span>
          <WidgetHost node={inner} sheet={definition.id} input={input} label={input.name} place="node" />
        </div>
      ))}
      {!isMissing && own.filter(({ input }) => input === undefined || !inputs.some(({ key, input: widget }) => widget && key === input)).map((problem, i) => (
        <p key={i} className="card-problem">{problem.message}</p>
      ))}
      <NodePictures runId={runId} name={title} />
      <NodeResults runId={runId} name={title} />
    </div>
  );
}

/** Sockets without labels, for nodes that show no body. */
function BareSockets({ node }: { readonly node: Node }) {
  const catalog = useWorkspace((state) => state.catalog);
  return (
    <div className="card-bare">
      {shownInputs(node, catalog).map(({ key, type }) => <Socket key={key} node={node.id} slot={key} type={type} side="in" />)}
      {shownOutputs(node, catalog).map(({ key, type }) => <Socket key={key} node={node.id} slot={key} type={type} side="out" />)}
    </div>
  );
}

function Resizer({ id }: { readonly id: string }) {
  const { session } = useTab();
  return (
    <NodeResizeControl
      className="resizer" minWidth={160} minHeight={40} position="bottom-right"
      onResizeEnd={(_, { x, y, width, height }) =>
        session.perform("Resize", (edit) => resizeNode(edit, session.sheet.id, id, [Math.round(x), Math.round(y)], [Math.round(width), Math.round(height)]))
      }
    />
  );
}

export function useTitle(node: Node): string {
  const catalog = useWorkspace((state) => state.catalog);
  return useSession(({ document }) => titleOf(node, document, catalog));
}
