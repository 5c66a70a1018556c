/** Every text is there in each language, and no sentence for the user stands anywhere else. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "vite";
import { expect, test } from "vitest";
import { en } from "../../src/texts/en.ts";
import { zh } from "../../src/texts/zh.ts";

const SOURCE = join(import.meta.dirname, "../../src");
/** Attributes that are read or heard. */
const SPOKEN = new Set(["title", "aria-label", "aria-description", "aria-roledescription", "aria-valuetext", "placeholder", "alt", "label"]);
/** Calls whose first argument is shown to the user. What the core throws is a fault of the program, not for the user. */
const SHOWN = new Set(["Error", "ApiError", "notify"]);
/** Letters in a row are a word; signs, units and single letters are not. */
const WORD = /\p{L}{2,}/u;
const UNIT = /\b[kMG]B\b/g;

interface Found {
  readonly type: string;
  readonly [part: string]: unknown;
}

test("both languages have the same texts with the same parts to fill in", () => {
  const parts = (content: string): string[] => [...content.matchAll(/\{\w+\}/g)].map(([part]) => part).sort();
  const shape = (table: Readonly<Record<string, string>>): unknown => Object.fromEntries(Object.keys(table).sort().map((key) => [key, [...new Set(parts(table[key]!))]]));
  expect(shape(zh)).toEqual(shape(en));
});

test("every Chinese text that is a sentence is Chinese", () => {
  const table: Readonly<Record<string, string>> = zh;
  const left = Object.entries(en).filter(([key, content]) => table[key] === content && /\p{L}{2,} \p{L}{2,}/u.test(content));
  expect(left).toEqual([]);
});

test("no text for the user stands outside the tables", () => {
  const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name) && !name.startsWith("texts"));
  expect(files.length).toBeGreaterThan(100);
  expect(files.flatMap((name) => literals(readFileSync(join(SOURCE, name), "utf8"), name))).toEqual([]);
});

test("the search for literals finds them", () => {
  const code = 'const a = <p title="A title" className="row">Some text {`more of it`} {"· 3"}</p>; notify("said"); new Error(`so ${a} it is`); text("key.of"); x ? <b>{y ? "yes" : z}</b> : null;';
  expect(literals(code, "a.tsx").map((found) => found.split(": ")[1]).sort()).toEqual(["A title", "Some text", "more of it", "said", "so  it is", "yes"]);
});

function literals(code: string, name: string): string[] {
  const { program, errors } = parseSync(name, code);
  expect(errors).toEqual([]);
  const found: string[] = [];
  const visit = (node: Found): void => {
    if (node.type === "JSXText") keep(String(node.value));
    if (node.type === "JSXAttribute" && SPOKEN.has(nameOf(node.name))) strings(node.value).forEach(keep);
    if (node.type === "JSXElement" || node.type === "JSXFragment") for (const child of node.children as Found[]) if (child.type === "JSXExpressionContainer") strings(child.expression).forEach(keep);
    if ((node.type === "NewExpression" || node.type === "CallExpression") && SHOWN.has(nameOf(node.callee)) && !name.startsWith("core")) strings((node.arguments as unknown[])[0]).forEach(keep);
    for (const part of Object.values(node)) for (const inner of Array.isArray(part) ? part : [part]) if (isNode(inner)) visit(inner);
  };
  const keep = (content: string): void => {
    if (WORD.test(content.replace(UNIT, ""))) found.push(`${name}: ${content.trim()}`);
  };
  visit(program as unknown as Found);
  return found;
}

/** The strings that an expression may come to: itself, the branches of a choice, the fixed parts of a template. */
function strings(value: unknown): string[] {
  if (!isNode(value)) return [];
  if (value.type === "Literal") return typeof value.value === "string" ? [value.value] : [];
  if (value.type === "TemplateLiteral") return [(value.quasis as { value: { cooked: string } }[]).map((part) => part.value.cooked).join("")];
  if (value.type === "JSXExpressionContainer" || value.type === "ParenthesizedExpression") return strings(value.expression);
  if (value.type === "ConditionalExpression") return [...strings(value.consequent), ...strings(value.alternate)];
  if (value.type === "LogicalExpression") return [...strings(value.left), ...strings(value.right)];
  return [];
}

function nameOf(node: unknown): string {
  return isNode(node) && typeof node.name === "string" ? node.name : "";
}

function isNode(value: unknown): value is Found {
  return typeof value === "object" && value !== null && typeof (value as Found).type === "string";
}
