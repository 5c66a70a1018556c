/** Which inputs a workflow's form shows: those that were chosen, else those that people change most. */
import type { Catalog, InputType } from "./catalog.ts";
import { inputsOf } from "./catalog.ts";
import type { Document, Node } from "./document.ts";
import { ALWAYS, linkInto, ROOT, sheetOf } from "./document.ts";
import { isSeen } from "./slots.ts";
import type { Edit } from "./edit.ts";
import type { Json } from "./json.ts";

const CHOSEN = "easel:form";
const USUAL = new Set(["text", "seed", "noise_seed", "steps", "width", "height", "image", "denoise"]);

export interface FormInput {
  readonly node: Node;
  readonly input: InputType;
  readonly isChosen: boolean;
}

/** Every input of the root that could be on the form, in the order of the nodes from left to right. */
export function formCandidates(document: Document, catalog: Catalog): FormInput[] {
  const sheet = sheetOf(document, ROOT);
  const nodes = Object.values(sheet.nodes).filter((node) => node.mode === ALWAYS && catalog.has(node.type));
  const isAnyChosen = hasOwnForm(document);
  return nodes
    .sort((a, b) => a.pos[0] - b.pos[0] || a.pos[1] - b.pos[1])
    .flatMap((node) => {
      const chosen = node.properties[CHOSEN];
      return inputsOf(catalog.get(node.type)!, (name) => node.values[name])
        .filter((input) => input.widget && isSeen(input) && !linkInto(sheet, node.id, input.name))
        .map((input) => ({ node, input, isChosen: isAnyChosen ? Array.isArray(chosen) && chosen.includes(input.name) : USUAL.has(input.name) }));
    });
}

/** Whether people chose what is on the form. */
export function hasOwnForm(document: Document): boolean {
  return Object.values(sheetOf(document, ROOT).nodes).some((node) => Array.isArray(node.properties[CHOSEN]));
}

/** Put an input on the form or take it off; the others stay as they are seen. */
export function chooseFormInput(edit: Edit, catalog: Catalog, id: string, name: string, isChosen: boolean): void {
  const candidates = formCandidates(edit.document, catalog);
  for (const node of new Set(candidates.map((candidate) => candidate.node))) {
    const names: Json[] = candidates
      .filter((candidate) => candidate.node === node && (candidate.node.id === id && candidate.input.name === name ? isChosen : candidate.isChosen))
      .map(({ input }) => input.name);
    edit.set(["sheets", ROOT, "nodes", node.id, "properties", CHOSEN], names);
  }
}
