import { type Sheet, linksInto } from "../core/document.ts";

/** The inputs of a node that links feed, each between line ends: a text, so that a component only follows real changes. */
export function fedInputs(sheet: Sheet, node: string): string {
  return linksInto(sheet, node).reduce((fed, { to }) => `${fed}${to.slot}\n`, "\n");
}
