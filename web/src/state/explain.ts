import type { Catalog } from "../core/catalog.ts";
import { BYPASSED, type Document, MUTED } from "../core/document.ts";
import type { Problem } from "../core/runs.ts";
import { silencedBy } from "../core/silent.ts";
import { titleOf } from "../core/slots.ts";
import { text } from "../texts/text.ts";

/** The server does not get what is muted or bypassed: an input behind that is, to it, not linked. Here that is said. */
export function explain(problems: readonly Problem[], document: Document, catalog: Catalog): Problem[] {
  return problems.map((problem) => {
    const { kind, node, input } = problem;
    const source = kind === "required_input_missing" && input !== undefined ? silencedBy(document, node, input) : null;
    if (!source) return problem;
    const why = source.mode === MUTED ? "problem.muted" : source.mode === BYPASSED ? "problem.bypassed" : "problem.silent";
    return { ...problem, message: text(why, { input: input!, node: titleOf(source, document, catalog) }) };
  });
}
