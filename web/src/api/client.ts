/** The server's HTTP interface, typed. Every failure is an ApiError with a sentence for the user. */
import type { JsonObject } from "../core/json.ts";
import { isObject } from "../core/json.ts";
import type { ApiPrompt } from "../core/prompt.ts";
import type { FileRef, Problem } from "../core/runs.ts";
import { text } from "../texts/text.ts";

export class ApiError extends Error {
  constructor(message: string, readonly status: number, readonly problems: readonly Problem[] = []) {
    super(message);
  }
}

export interface Submission {
  readonly prompt: ApiPrompt;
  readonly client_id: string;
  readonly prompt_id: string;
  readonly workflow: JsonObject;
  readonly targets?: readonly string[];
  readonly front?: boolean;
}

export interface Submitted {
  readonly promptId: string;
  /** What was left out of the run, and why. */
  readonly problems: readonly Problem[];
}

export const api = {
  objectInfo: () => getJson<JsonObject>("object_info"),
  systemStats: () => getJson<JsonObject>("system_stats"),
  history: (maxItems: number) => getJson<JsonObject>(`history?max_items=${maxItems}`),
  historyOf: (promptId: string) => getJson<JsonObject>(`history/${encodeURIComponent(promptId)}`),
  queue: () => getJson<JsonObject>("queue"),
  clearQueue: () => send("queue", { clear: true }),
  dropFromQueue: (ids: readonly string[]) => send("queue", { delete: ids }),
  interrupt: (promptId?: string) => send("interrupt", promptId === undefined ? {} : { prompt_id: promptId }),
  embeddings: () => getJson<string[]>("embeddings"),
  models: (folder: string) => getJson<string[]>(`models/${encodeURIComponent(folder)}`),

  /** The dry run: what a run of this prompt would do. */
  plan: async (prompt: ApiPrompt) => (await send("plan", { prompt })) as JsonObject,

  async submit({ prompt, client_id, prompt_id, workflow, targets, front }: Submission): Promise<Submitted> {
    const body = {
      prompt, client_id, prompt_id, front: front ?? false, extra_data: { extra_pnginfo: { workflow } },
      ...(targets ? { partial_execution_targets: targets } : {}),
    };
    const answer = (await send("prompt", body)) as JsonObject;
    return { promptId: String(answer.prompt_id), problems: readProblems(answer.node_errors) };
  },

  /** The user's own files, such as `workflows/portrait.json`. Null when there is none of that name. */
  async readUserFile(path: string): Promise<string | null> {
    const response = await request(`userdata/${encodeURIComponent(path)}`, {}, [404]);
    return response.status === 404 ? null : response.text();
  },
  writeUserFile: (path: string, text: string) =>
    request(`userdata/${encodeURIComponent(path)}?overwrite=true`, { method: "POST", body: text }),

  deleteUserFile: (path: string) => request(`userdata/${encodeURIComponent(path)}`, { method: "DELETE" }, [404]),
  /** Paths below the folder with their times in seconds since 1970; none when there is no such folder. */
  async listUserFiles(folder: string): Promise<{ path: string; size: number; modified: number }[]> {
    const response = await request(`userdata?dir=${encodeURIComponent(folder)}&recurse=true&full_info=true`, {}, [404]);
    return response.status === 404 ? [] : ((await response.json()) as { path: string; size: number; modified: number }[]);
  },
};

/** The address of a picture; with `preview`, of a small one in that format ("webp;80"). */
export function viewUrl(file: FileRef, preview?: string): string {
  const query = new URLSearchParams({ filename: file.filename, subfolder: file.subfolder, type: file.type });
  if (preview) query.set("preview", preview);
  return `api/view?${query}`;
}

/** The problems of nodes in the server's answer, one for each sentence. */
export function readProblems(nodeErrors: unknown): Problem[] {
  if (!isObject(nodeErrors)) return [];
  return Object.entries(nodeErrors).flatMap(([node, found]) => {
    const errors = isObject(found) && Array.isArray(found.errors) ? found.errors.filter(isObject) : [];
    return errors.map((error) => {
      const input = isObject(error.extra_info) ? error.extra_info.input_name : undefined;
      return {
        node, message: String(error.message ?? ""), details: String(error.details ?? ""),
        ...(typeof input === "string" ? { input } : {}), ...(typeof error.type === "string" ? { kind: error.type } : {}),
      };
    });
  });
}

export async function getJson<Answer>(path: string): Promise<Answer> {
  return (await (await request(path)).json()) as Answer;
}

export async function send(path: string, body: unknown): Promise<unknown> {
  const headers = { "Content-Type": "application/json" };
  const response = await request(path, { method: "POST", headers, body: JSON.stringify(body) });
  const content = await response.text();
  return content ? JSON.parse(content) : null;
}

export async function request(path: string, init: RequestInit = {}, allowed: readonly number[] = []): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(`api/${path}`, init);
  } catch {
    throw new ApiError(text("error.noAnswer"), 0);
  }
  if (!response.ok && !allowed.includes(response.status)) throw await readError(response, path);
  return response;
}

async function readError(response: Response, path: string): Promise<ApiError> {
  const content = await response.text();
  const refused = text("error.refused", { path, status: response.status });
  try {
    const answer = JSON.parse(content) as { error?: { message?: string } | string; node_errors?: unknown };
    const message = typeof answer.error === "string" ? answer.error : answer.error?.message;
    return new ApiError(message ?? refused, response.status, readProblems(answer.node_errors));
  } catch {
    return new ApiError(content.slice(0, 300) || refused, response.status);
  }
}
