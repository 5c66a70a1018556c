/** A catalog as a server answered it, the example workflows, and documents made at random. */
import { readFileSync, readdirSync } from "node:fs";
import fc from "fast-check";
import { type Catalog, readCatalog } from "../../src/core/catalog.ts";
import { addLink, addReroute, dropLinks, firstFitting, insertIntoLink } from "../../src/core/commands/links.ts";
import { addFrame, addNode, changeFrame, deleteAll, moveTo, renameNode, setColor, setMode, setValue, toggleFlag } from "../../src/core/commands/nodes.ts";
import { ROOT, sheetOf } from "../../src/core/document.ts";
import type { Edit } from "../../src/core/edit.ts";
import { importWorkflow } from "../../src/core/importing.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { Session } from "../../src/core/session.ts";

const here = (path: string): URL => new URL(path, import.meta.url);

export const catalog: Catalog = readCatalog(JSON.parse(readFileSync(here("./object_info.json"), "utf8")) as JsonObject);

export function readExample(name: string): JsonObject {
  return JSON.parse(readFileSync(here(`../../../workflows/${name}`), "utf8")) as JsonObject;
}

export const EXAMPLES = readdirSync(here("../../../workflows")).filter((name) => name.endsWith(".json"));

const TYPES = ["CheckpointLoaderSimple", "CLIPTextEncode", "EmptyLatentImage", "KSampler", "VAEDecode", "SaveImage", "LoadImage", "Reroute"];

/** A command that the user could give, from numbers: what they point at depends on what is there. */
export interface Step {
  readonly kind: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

export const steps = fc.array(fc.record({ kind: fc.nat(16), a: fc.nat(999), b: fc.nat(999), c: fc.nat(9) }), { maxLength: 60, size: "max" });

/** A session on the first example, so that there are links to be cut, healed and moved from the start. */
export function newSession(): Session {
  return new Session("test", importWorkflow(readExample("text-to-image.json"), catalog, "test"));
}

export function perform(session: Session, { kind, a, b, c }: Step): void {
  session.perform(`Step ${kind}`, (edit) => COMMANDS[kind % COMMANDS.length]!(edit, a, b, c), kind === 1 ? `drag ${c}` : undefined);
}

function pick<Item>(items: readonly Item[], at: number): Item | undefined {
  return items[at % Math.max(1, items.length)];
}

const nodesOf = (edit: Edit): string[] => Object.keys(sheetOf(edit.document, ROOT).nodes);
const linksOf = (edit: Edit): string[] => Object.keys(sheetOf(edit.document, ROOT).links);
const framesOf = (edit: Edit): string[] => Object.keys(sheetOf(edit.document, ROOT).frames);

function link(edit: Edit, a: number, b: number, c: number): void {
  const sheet = sheetOf(edit.document, ROOT);
  const output = pick(Object.values(sheet.nodes).flatMap((node) => node.outputs.map(({ key }) => ({ node: node.id, slot: key }))), a);
  const inputs = output && Object.keys(sheet.nodes).flatMap((id) => firstFitting(sheet, catalog, output, id) ?? []);
  const input = inputs && pick(inputs, b + c);
  if (output && input) addLink(edit, ROOT, output, input, catalog);
}

const COMMANDS: ((edit: Edit, a: number, b: number, c: number) => unknown)[] = [
  (edit, a, b, c) => addNode(edit, ROOT, TYPES[c % TYPES.length]!, [a, b], catalog),
  (edit, a, b, c) => moveTo(edit, ROOT, new Map([[pick(nodesOf(edit), c) ?? "", [a, b]]])),
  link,
  link,
  link,
  (edit, a, b, c) => addNode(edit, ROOT, ["VAEDecode", "LoraLoader", "Reroute"][c % 3]!, [a, b], catalog),
  link,
  (edit, a, b) => setValue(edit, ROOT, pick(nodesOf(edit), a) ?? "", "text", String(b)),
  (edit, a, b) => deleteAll(edit, ROOT, [pick(nodesOf(edit), a) ?? ""], catalog, b % 2 === 0),
  (edit, a, _, c) => setMode(edit, ROOT, [pick(nodesOf(edit), a) ?? ""], [0, 2, 4][c % 3]!),
  (edit, a, b) => renameNode(edit, ROOT, pick(nodesOf(edit), a) ?? "", b % 3 ? `name ${b}` : ""),
  (edit, a, b) => toggleFlag(edit, ROOT, nodesOf(edit).slice(0, a % 4), b % 2 ? "isCollapsed" : "isPinned"),
  (edit, a, b) => setColor(edit, ROOT, [pick(nodesOf(edit), a) ?? ""], b % 2 ? "#123456" : undefined, "#654321"),
  (edit, a, b) => addReroute(edit, ROOT, pick(linksOf(edit), a) ?? "", [a, b]),
  (edit, a) => dropLinks(edit, ROOT, ({ id }) => id === pick(linksOf(edit), a)),
  (edit, a, b) => (a % 2 ? addFrame(edit, ROOT, `frame ${a}`, [a, b], [300, 200]) : changeFrame(edit, ROOT, pick(framesOf(edit), a) ?? "", { title: `t${b}`, pos: [b, a] })),
  (edit, a, b) => insertIntoLink(edit, ROOT, pick(linksOf(edit), a) ?? "", pick(nodesOf(edit), b) ?? "", catalog),
];
