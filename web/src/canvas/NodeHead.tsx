import { useState } from "react";
import { renameNode } from "../core/commands/nodes.ts";
import { BYPASSED, MUTED, type Node, upstreamOf } from "../core/document.ts";
import { shownBytes } from "../core/bytes.ts";
import { isVirtual } from "../core/prompt.ts";
import { titleOf } from "../core/slots.ts";
import { runner, ui, useRun, useSession, useTab, useUi, useWorkspace } from "../state/editor.ts";
import { useDryRun } from "../state/dryRun.ts";
import { useText } from "../texts/text.ts";

/** Less than a megabyte is not the node's doing. */
const SHOWN_FROM_BYTES = 1e6;

interface HeadProps {
  readonly node: Node;
  readonly runId: string;
}

/** The head of a node: its name, how its run goes, and the button to run to here. */
export function NodeHead({ node, runId }: HeadProps) {
  const text = useText();
  const catalog = useWorkspace((state) => state.catalog);
  const title = useSession(({ document }) => titleOf(node, document, catalog));
  const isRenaming = useUi((state) => state.renaming === node.id);
  const { session } = useTab();
  const isDefined = useSession(({ document }) => node.type in document.sheets);
  const isOutput = catalog.get(node.type)?.isOutput === true;
  const canRun = isDefined || (catalog.has(node.type) && !isVirtual(node));
  return (
    <div className="card-head" onDoubleClick={(event) => { event.stopPropagation(); ui.setState({ renaming: node.id }); }}>
      {isRenaming ? <TitleField node={node} title={title} /> : <span className="card-title" title={node.type}>{title}</span>}
      <>
          {node.mode === MUTED && <span className="badge">{text("node.muted")}</span>}
          {node.mode === BYPASSED && <span className="badge">{text("node.bypassed")}</span>}
          <RunBadge runId={runId} />
          {isDefined && (
            <button type="button" className="run-here nodrag" title={text("action.enter")} aria-label={text("action.enter")} onClick={() => session.enter(node.id, node.type)}>
              ⤵
            </button>
          )}
          {canRun && (
            <button
              type="button" className={`run-here nodrag${isOutput ? "" : " is-quiet"}`} title={text("node.runHere")} aria-label={text("node.runHere")}
              onPointerEnter={() => ui.setState({ aimed: upstreamOf(session.sheet, node.id) })} onPointerLeave={() => ui.setState({ aimed: null })}
              onClick={() => { ui.setState({ aimed: null }); void runner.run({ targets: [runId] }); }}
            >
              ▶
            </button>
          )}
      </>
      <Progress runId={runId} />
    </div>
  );
}

function RunBadge({ runId }: { readonly runId: string }) {
  const text = useText();
  const state = useRun((run) => run.nodes[runId]?.state ?? "");
  const tookMs = useRun((run) => run.nodes[runId]?.tookMs);
  const memoryBytes = useRun((run) => run.nodes[runId]?.memoryBytes);
  const plan = useDryRun((dryRun) => dryRun.nodes[runId]);
  const isOver = useRun((run) => !run.isRunning);
  const isCached = state !== "running" && (plan ? plan.state === "cached" : state === "cached");
  // In a run, what is done is not stale: the next plan says what it will be then.
  const isStale = plan?.state === "runs" && (isOver ? true : state === "" || state === "waiting");
  return (
    <>
      {state === "done" && tookMs !== undefined && <span className="badge">{text("node.time", { seconds: (tookMs / 1000).toFixed(tookMs < 10_000 ? 2 : 0) })}</span>}
      {state === "done" && memoryBytes !== undefined && memoryBytes >= SHOWN_FROM_BYTES && <span className="badge" title={text("node.memoryHelp")}>{shownBytes(memoryBytes)}</span>}
      {isCached && <span className="badge is-cached" title={plan?.why ?? text("node.cached")}>✓</span>}
      {isStale && plan && <span className="badge is-stale" title={text("plan.runs", { why: plan.why })}>●</span>}
    </>
  );
}

function Progress({ runId }: { readonly runId: string }) {
  const share = useRun((run) => {
    const node = run.nodes[runId];
    return node?.state === "running" && node.max ? Math.min(1, (node.value ?? 0) / node.max) : null;
  });
  return share === null ? null : <div className="card-progress" style={{ transform: `scaleX(${share})` }} />;
}

function TitleField({ node, title }: { readonly node: Node; readonly title: string }) {
  const { session } = useTab();
  const text = useText();
  const [draft, setDraft] = useState(title);
  const end = (isKept: boolean): void => {
    if (isKept && draft !== title) session.perform("Rename", (edit) => renameNode(edit, session.sheet.id, node.id, draft));
    ui.setState({ renaming: null });
  };
  return (
    <input
      className="field card-rename nodrag" aria-label={text("node.rename")} autoFocus value={draft}
      onFocus={(event) => event.target.select()} onChange={(event) => setDraft(event.target.value)} onBlur={() => end(true)}
      onKeyDown={(event) => {
        if (event.key === "Enter") end(true);
        if (event.key === "Escape") end(false);
        event.stopPropagation();
      }}
    />
  );
}
