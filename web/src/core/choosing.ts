/** Finding one of many names: by folder, by letters in order, and what comes near a name that is not there. */
import { type Searchable, search } from "./search.ts";
import { similarTo } from "./similar.ts";

export interface Wish {
  readonly query: string;
  /** "" for all, else the names below it: "sdxl/". */
  readonly folder: string;
  /** The present value; when it is not among the names, those that are like it come first. */
  readonly value: string;
}

export interface Found {
  readonly names: readonly string[];
  /** So many at the beginning are there because they are like the value. */
  readonly similar: number;
}

export type NameIndex = readonly Searchable<string>[];

export function indexNames(names: readonly string[]): NameIndex {
  return names.map((name) => ({ item: name, fields: [[nameOf(name).toLowerCase(), 1], [name.toLowerCase(), 0.8]] }));
}

export function findNames(index: NameIndex, { query, folder, value }: Wish): Found {
  const inside = folder ? index.filter(({ item }) => slashed(item).startsWith(folder)) : index;
  if (query.trim()) return { names: search(inside, query, inside.length), similar: 0 };
  const names = inside.map(({ item }) => item);
  if (value === "" || index.some(({ item }) => item === value)) return { names, similar: 0 };
  const near = similarTo(value, names);
  return { names: [...near, ...names.filter((name) => !near.includes(name))], similar: near.length };
}

/** The folders right below a folder, with how many names each holds; endings like "sdxl/". */
export function foldersIn(names: readonly string[], folder: string): readonly (readonly [folder: string, count: number])[] {
  const found = new Map<string, number>();
  for (const name of names) {
    const path = slashed(name);
    const end = path.startsWith(folder) ? path.indexOf("/", folder.length) : -1;
    if (end > 0) found.set(path.slice(0, end + 1), (found.get(path.slice(0, end + 1)) ?? 0) + 1);
  }
  return [...found].sort(([a], [b]) => a.localeCompare(b));
}

export function nameOf(path: string): string {
  return slashed(path).slice(slashed(path).lastIndexOf("/") + 1);
}

export function folderOf(path: string): string {
  return slashed(path).slice(0, slashed(path).lastIndexOf("/") + 1);
}

/** Servers on Windows separate folders by backslashes. */
function slashed(path: string): string {
  return path.replaceAll("\\", "/");
}
