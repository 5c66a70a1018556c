import { fedInputs } from "../canvas/fed.ts";
import { shownBytes } from "../core/bytes.ts";
import { ROOT, type Node } from "../core/document.ts";
import { formCandidates, hasOwnForm } from "../core/formInputs.ts";
import { runPrefix, selectedNodes, viewedSheet } from "../core/session.ts";
import { sharedWidgets, shownInputs, titleOf } from "../core/slots.ts";
import { useDryRun } from "../state/dryRun.ts";
import { useRun, useSession, useWorkspace } from "../state/editor.ts";
import { useProblems } from "../state/problems.ts";
import { useText } from "../texts/text.ts";
import { Said } from "../widgets/Said.tsx";
import { WidgetHost } from "../widgets/WidgetHost.tsx";

/** All of the selected node: its inputs in full, what it does, and how its last run went. With none, the workflow's form. */
export default function Inspector() {
  const text = useText();
  const ids = useSession((state) => selectedNodes(state).join("\n")).split("\n").filter(Boolean);
  const sheet = useSession(viewedSheet);
  const node = ids.length === 1 ? sheet.nodes[ids[0]!] : undefined;
  if (node) return <OfNode node={node} sheet={sheet.id} />;
  return ids.length ? <p className="panel-empty">{text("inspector.many", { count: ids.length })}</p> : <OfWorkflow />;
}

function OfNode({ node, sheet }: { readonly node: Node; readonly sheet: string }) {
  const text = useText();
  const catalog = useWorkspace((state) => state.catalog);
  const document = useSession((state) => state.document);
  const fed = useSession((state) => fedInputs(viewedSheet(state), node.id));
  const definition = document.sheets[node.type];
  const type = catalog.get(node.type);
  return (
    <div className="inspector">
      <h2>{titleOf(node, document, catalog)}</h2>
      {type && <p><Said words={type.description} /></p>}
      <RunFacts node={node} />
      {shownInputs(node, catalog, definition).map(({ key, label, input }) => input && (
        <div key={key} className="inspector-field">
          <span>{label}</span>
          {fed.includes(`\n${key}\n`) ? <em>{text("node.newValue")}</em> : <WidgetHost node={node} sheet={sheet} input={input} label={label} place="inspector" />}
          {typeof input.options.tooltip === "string" && <small><Said words={input.options.tooltip} /></small>}
        </div>
      ))}
      {definition && sharedWidgets(node, definition, catalog).map(({ node: inner, input }) => (
        <div key={`${inner.id} ${input.name}`} className="inspector-field">
          <span>{input.name}</span>
          <WidgetHost node={inner} sheet={definition.id} input={input} label={input.name} place="inspector" />
        </div>
      ))}
      {type && <small className="muted">{[node.type, type.category, type.pack].filter(Boolean).join(" · ")}</small>}
    </div>
  );
}

/** What the node's last run took, what the next one would do with it and why, and what is wrong. */
function RunFacts({ node }: { readonly node: Node }) {
  const text = useText();
  const id = useSession((state) => runPrefix(state.entered)) + node.id;
  const run = useRun((state) => state.nodes[id]);
  const plan = useDryRun((dryRun) => dryRun.nodes[id]);
  const problems = useProblems().filter((problem) => problem.node === id);
  const took = run?.state === "done" && run.tookMs !== undefined
    ? [text("node.time", { seconds: (run.tookMs / 1000).toFixed(2) }), ...(run.memoryBytes === undefined ? [] : [shownBytes(run.memoryBytes)])].join(" · ")
    : "";
  const next = plan?.state === "runs" ? text("plan.runs", { why: plan.why }) : plan?.state === "cached" ? plan.why || text("node.cached") : "";
  return (
    <>
      {problems.map((problem, i) => <p key={i} className="is-bad">{problem.message}</p>)}
      {(took || next) && (
        <dl className="facts">
          {took && <><dt>{text("inspector.took")}</dt><dd>{took}</dd></>}
          {next && <><dt>{text("inspector.next")}</dt><dd>{next}</dd></>}
        </dl>
      )}
    </>
  );
}

/** The inputs that were chosen for the workflow's form, so that they are at hand wherever their nodes lie. */
function OfWorkflow() {
  const text = useText();
  const catalog = useWorkspace((state) => state.catalog);
  const document = useSession((state) => state.document);
  if (!hasOwnForm(document)) return <p className="panel-empty">{text("inspector.nothing")}</p>;
  const fields = formCandidates(document, catalog).filter(({ isChosen }) => isChosen);
  return (
    <div className="inspector">
      <p className="muted">{text("inspector.form")}</p>
      {fields.map(({ node, input }) => (
        <div key={`${node.id} ${input.name}`} className="inspector-field">
          <span>{titleOf(node, document, catalog)} · {input.name.replaceAll("_", " ")}</span>
          <WidgetHost node={node} sheet={ROOT} input={input} label={`${titleOf(node, document, catalog)}: ${input.name}`} place="inspector" />
        </div>
      ))}
    </div>
  );
}
