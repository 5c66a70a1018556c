import type { MissingPart } from "../core/missing.ts";
import type { Problem } from "../core/runs.ts";
import { runPrefix } from "../core/session.ts";
import { titleOf } from "../core/slots.ts";
import { canvas, currentSession, useSession, useTab, useWorkspace } from "../state/editor.ts";
import { useBrokenPacks } from "../state/packs.ts";
import { useMissingParts, useProblems } from "../state/problems.ts";
import { showNode } from "../state/show.ts";
import { useText } from "../texts/text.ts";

/** What is wrong with the workflow, before it runs and after; each line leads to its node. */
export default function ProblemsPanel() {
  const text = useText();
  const problems = useProblems();
  const missing = useMissingParts();
  const broken = Object.entries(useBrokenPacks());
  if (problems.length === 0 && missing.length === 0 && broken.length === 0) return <p className="panel-empty">{text("problems.none")}</p>;
  return (
    <>
      {missing.length > 0 && (
        <section aria-label={text("problems.missing")}>
          <h3>{text("problems.missing")}</h3>
          <ul className="panel-list">{missing.map((part) => <MissingRow key={`${part.kind} ${part.name}`} part={part} />)}</ul>
        </section>
      )}
      <ul className="panel-list">{problems.map((problem, i) => <ProblemRow key={i} problem={problem} />)}</ul>
      {broken.length > 0 && (
        <section aria-label={text("problems.packs")}>
          <h3>{text("problems.packs")}</h3>
          <ul className="panel-list">{broken.map(([pack, reason]) => <PackRow key={pack} pack={pack} reason={reason} />)}</ul>
        </section>
      )}
    </>
  );
}

function ProblemRow({ problem }: { readonly problem: Problem }) {
  const text = useText();
  const catalog = useWorkspace((state) => state.catalog);
  const document = useSession((state) => state.document);
  const node = document.sheets.root?.nodes[problem.node];
  const where = node ? `${titleOf(node, document, catalog)} (${problem.node})` : problem.node;
  return (
    <li>
      <button type="button" className="row problem-row" disabled={!problem.node} title={text("problems.show")} onClick={() => showNode(problem.node)}>
        <span className="problem-where">{where}{problem.input && <code>{problem.input}</code>}</span>
        <span>{problem.message}</span>
      </button>
    </li>
  );
}

function PackRow({ pack, reason }: { readonly pack: string; readonly reason: string }) {
  const text = useText();
  return (
    <li className="pack-row">
      <span className="problem-where">{pack}</span>
      <span>{reason}</span>
      <small>{text("problems.packHelp", { pack })}</small>
    </li>
  );
}

function MissingRow({ part }: { readonly part: MissingPart }) {
  const text = useText();
  const { session } = useTab();
  const show = (): void => {
    const first = part.nodes.find(({ sheet }) => sheet === session.sheet.id) ?? part.nodes[0]!;
    if (first.sheet === session.sheet.id) {
      session.select([first.node]);
      canvas.current?.fit([first.node]);
    } else showNode(runPrefix(currentSession().state.entered) + first.node);
  };
  const packs = useBrokenPacks();
  const isBroken = part.place !== undefined && part.place in packs;
  const advice = part.kind === "type"
    ? text(isBroken ? "missing.typeBroken" : part.place ? "missing.typeFrom" : "missing.type", { name: part.name, pack: part.place ?? "" })
    : text(part.place ? "missing.fileIn" : "missing.file", { name: part.name, folder: part.place ?? "" });
  return (
    <li className="missing-row">
      <button type="button" className="row problem-row" title={text("problems.show")} onClick={show}>
        <span className="problem-where">{part.name} × {part.nodes.length}</span>
        <span>{advice}</span>
      </button>
      {part.url && <a className="button" href={part.url} target="_blank" rel="noreferrer noopener">{text("missing.get")}</a>}
    </li>
  );
}
