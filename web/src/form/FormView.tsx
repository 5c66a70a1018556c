import { useMemo, useState } from "react";
import { viewUrl } from "../api/client.ts";
import { ROOT } from "../core/document.ts";
import { chooseFormInput, formCandidates } from "../core/formInputs.ts";
import { picturesOf } from "../core/runs.ts";
import { titleOf } from "../core/slots.ts";
import { useRun, useSession, useTab, useWorkspace } from "../state/editor.ts";
import { useProblems } from "../state/problems.ts";
import { runAsChosen } from "../state/runChoices.ts";
import { useText } from "../texts/text.ts";
import { WidgetHost } from "../widgets/WidgetHost.tsx";

/** The workflow as a plain form: the chosen inputs, a button, and the result beside them. */
export default function FormView() {
  const text = useText();
  const { session } = useTab();
  const catalog = useWorkspace((state) => state.catalog);
  const document = useSession((state) => state.document);
  const [isChoosing, setChoosing] = useState(false);
  const problems = useProblems();
  const candidates = useMemo(() => formCandidates(document, catalog), [document, catalog]);
  const shown = isChoosing ? candidates : candidates.filter(({ isChosen }) => isChosen);
  const groups = [...new Set(shown.map(({ node }) => node))].map((node) => ({ node, inputs: shown.filter((candidate) => candidate.node === node) }));
  return (
    <div className="form-view">
      <form className="form-inputs" aria-label={text("form.label")} onSubmit={(event) => { event.preventDefault(); void runAsChosen(); }}>
        {groups.map(({ node, inputs }) => (
          <fieldset key={node.id}>
            <legend>{titleOf(node, document, catalog)}</legend>
            {inputs.map(({ input, isChosen }) => {
              const problem = problems.find((candidate) => candidate.node === node.id && candidate.input === input.name);
              return (
                <div key={input.name} className="form-field">
                  {isChoosing && <input type="checkbox" checked={isChosen} aria-label={text("form.show", { name: input.name })} onChange={(event) => session.perform(text("form.choose"), (edit) => chooseFormInput(edit, catalog, node.id, input.name, event.target.checked))} />}
                  <div className="grow">
                    <span className="form-name">{input.name.replaceAll("_", " ")}</span>
                    <WidgetHost node={node} sheet={ROOT} input={input} label={`${titleOf(node, document, catalog)}: ${input.name}`} place="form" />
                    {problem && <p className="is-bad">{problem.message}</p>}
                  </div>
                </div>
              );
            })}
          </fieldset>
        ))}
        {shown.length === 0 && <p className="panel-empty">{text("form.none")}</p>}
        <div className="form-actions">
          <button type="submit" className="button is-primary">{text("action.run")}</button>
          <button type="button" className="button" aria-pressed={isChoosing} onClick={() => setChoosing(!isChoosing)}>{text("form.choose")}</button>
        </div>
      </form>
      <Result />
    </div>
  );
}

function Result() {
  const text = useText();
  const outputs = useRun((run) => run.outputs);
  const isRunning = useRun((run) => run.isRunning);
  const problems = useRun((run) => run.problems);
  const at = useRun((run) => Object.values(run.nodes).find(({ state }) => state === "running"));
  const pictures = Object.values(outputs).flatMap((output) => picturesOf(output));
  return (
    <section className="form-result" aria-label={text("form.result")} aria-busy={isRunning}>
      {isRunning && <progress aria-label={text("form.progress")} {...(at?.max ? { value: at.value ?? 0, max: at.max } : {})} />}
      {problems.map((problem, i) => <p key={i} className="is-bad" role="alert">{problem.message}</p>)}
      {isRunning && at?.preview ? <img src={at.preview} alt="" /> : pictures.map((file) => <img key={`${file.subfolder}/${file.filename}`} src={viewUrl(file)} alt={file.filename} />)}
      {!isRunning && pictures.length === 0 && <p className="panel-empty">{text("form.empty")}</p>}
    </section>
  );
}
