/**
 * Control after generate, so that the seed on screen is always the one that painted the picture: a value that a run has
 * used moves on just before the next run, not after it.
 */
import type { Catalog } from "./catalog.ts";
import type { Document, SheetId } from "./document.ts";
import { linkInto } from "./document.ts";
import type { Edit } from "./edit.ts";
import type { Json } from "./json.ts";
import { CONTROL, placesIn } from "./values.ts";

export type Control = "fixed" | "increment" | "decrement" | "randomize";
export const CONTROLS: readonly Control[] = ["fixed", "increment", "decrement", "randomize"];

/** Numbers above this are not exact in JSON as browsers read it. */
const EXACT = 2 ** 50;

/** Values of controlled inputs as runs used them: "sheet/node/input" -> value. */
export type UsedValues = ReadonlyMap<string, Json>;

export function controlledValues(document: Document, catalog: Catalog): Map<string, Json> {
  const found = new Map<string, Json>();
  for (const { key, value } of controlled(document, catalog)) found.set(key, value);
  return found;
}

/** Move on every controlled value that was used already. */
export function moveOnUsed(edit: Edit, catalog: Catalog, used: UsedValues, random: () => number): void {
  for (const { key, sheet, node, name, value, control, min, max, step, choices } of controlled(edit.document, catalog)) {
    if (!used.has(key) || used.get(key) !== value || control === "fixed") continue;
    edit.set(["sheets", sheet, "nodes", node, "values", name], choices ? nextChoice(choices, value, control, random) : nextNumber(Number(value), control, min, max, step, random));
  }
}

export function nextNumber(value: number, control: string, min: number, max: number, step: number, random: () => number): number {
  const [low, high] = [Math.max(min, -EXACT), Math.min(max, EXACT)];
  if (control === "randomize") return low + Math.floor(random() * Math.floor((high - low) / step + 1)) * step;
  return Math.min(high, Math.max(low, control === "increment" ? value + step : value - step));
}

function nextChoice(choices: readonly Json[], value: Json, control: string, random: () => number): Json {
  const at = choices.indexOf(value);
  if (control === "randomize") return choices[Math.floor(random() * choices.length)] ?? value;
  const moved = at + (control === "decrement" ? -1 : 1);
  if (control === "increment-wrap") return choices[moved % choices.length] ?? value;
  return choices[Math.min(choices.length - 1, Math.max(0, moved))] ?? value;
}

interface Controlled {
  readonly key: string;
  readonly sheet: SheetId;
  readonly node: string;
  readonly name: string;
  readonly value: Json;
  readonly control: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly choices?: readonly Json[];
}

function* controlled(document: Document, catalog: Catalog): Iterable<Controlled> {
  for (const sheet of Object.values(document.sheets))
    for (const node of Object.values(sheet.nodes)) {
      const type = catalog.get(node.type);
      for (const place of type ? (placesIn(document, node, catalog) ?? []) : []) {
        if (!place.name.endsWith(CONTROL)) continue;
        const name = place.name.slice(0, -CONTROL.length);
        const input = type!.inputs.find((candidate) => candidate.name === name);
        if (!input?.widget || linkInto(sheet, node.id, name)) continue;
        const { min, max, step } = input.options;
        yield {
          key: `${sheet.id}/${node.id}/${name}`, sheet: sheet.id, node: node.id, name,
          value: node.values[name] ?? input.widget.default, control: String(node.values[place.name] ?? place.default),
          min: typeof min === "number" ? min : 0, max: typeof max === "number" ? max : EXACT,
          step: typeof step === "number" ? step : 1,
          ...(input.widget.kind === "seed" ? {} : { choices: input.widget.choices ?? [] }),
        };
      }
    }
}
