/** Example workflows that the server offers at templates/. */
import { ApiError } from "../api/client.ts";
import { uuid } from "../core/ids.ts";
import { importWorkflow } from "../core/importing.ts";
import type { Session } from "../core/session.ts";
import { text } from "../texts/text.ts";
import { workspace } from "./editor.ts";

/** The example that a newcomer sees first. */
export const FIRST_TEMPLATE = "text-to-image";

export interface Template {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** The pack that brings it; "" for Easel's own. */
  readonly pack: string;
}

/** Easel's own first, then those of packs. */
export async function listTemplates(): Promise<readonly Template[]> {
  const groups = (await fetchJson("templates/index.json")) as { templates: Omit<Template, "pack">[] }[];
  const packs = (await fetchJson("api/workflow_templates")) as Record<string, string[]>;
  return [
    ...groups.flatMap((group) => group.templates.map((template) => ({ ...template, pack: "" }))),
    ...Object.entries(packs).flatMap(([pack, names]) => names.map((name) => ({ name, title: name.replaceAll(/[-_]/g, " "), description: "", pack }))),
  ];
}

export async function openTemplate(name: string, pack = ""): Promise<Session> {
  const folder = pack ? `api/workflow_templates/${encodeURIComponent(pack)}` : "templates";
  const file = await fetchJson(`${folder}/${encodeURIComponent(name)}.json`);
  return workspace.open(name, importWorkflow(file, workspace.catalog, uuid()));
}

async function fetchJson(path: string): Promise<unknown> {
  const response = await fetch(path);
  if (!response.ok) throw new ApiError(text("templates.gone", { path }), response.status);
  return response.json();
}
