import { canvas, useRun, useTab } from "../state/editor.ts";
import { useText } from "../texts/text.ts";

/** What is wrong with the workflow, as the server says it; each leads to its node. */
export default function ProblemsPanel() {
  const text = useText();
  const { session } = useTab();
  const problems = useRun((run) => run.problems);
  if (problems.length === 0) return <p className="panel-empty">{text("problems.none")}</p>;
  const show = (id: string): void => {
    session.leave(0);
    for (const instance of id.split(":").slice(0, -1)) {
      const definition = session.sheet.nodes[instance]?.type;
      if (definition !== undefined && definition in session.document.sheets) session.enter(instance, definition);
    }
    const node = id.split(":").at(-1)!;
    session.select([node]);
    requestAnimationFrame(() => canvas.current?.fit([node]));
  };
  return (
    <ul className="panel-list">
      {problems.map((problem, i) => (
        <li key={i}>
          <button type="button" className="row" disabled={!problem.node} title={text("problems.show")} onClick={() => show(problem.node)}>
            <span>{problem.input ? problem.details || problem.message : problem.message}</span>
            {problem.node && <small>{problem.node}</small>}
          </button>
        </li>
      ))}
    </ul>
  );
}
