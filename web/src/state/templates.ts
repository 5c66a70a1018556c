/** Example workflows that the server offers at templates/. */
import { ApiError } from "../api/client.ts";
import { uuid } from "../core/ids.ts";
import { importWorkflow } from "../core/importing.ts";
import type { Session } from "../core/session.ts";
import { workspace } from "./editor.ts";

/** The example that a newcomer sees first. */
export const FIRST_TEMPLATE = "text-to-image";

export interface Template {
  readonly name: string;
  readonly title: string;
  readonly description: string;
}

export async function listTemplates(): Promise<readonly Template[]> {
  const groups = (await fetchJson("templates/index.json")) as { templates: Template[] }[];
  return groups.flatMap((group) => group.templates);
}

export async function openTemplate(name: string): Promise<Session> {
  const file = await fetchJson(`templates/${encodeURIComponent(name)}.json`);
  return workspace.open(name, importWorkflow(file, workspace.catalog, uuid()));
}

async function fetchJson(path: string): Promise<unknown> {
  const response = await fetch(path);
  if (!response.ok) throw new ApiError(`The server has no ${path}.`, response.status);
  return response.json();
}
