/** What widgets ask of the server: files into the input folder, words for prompts. */
import type { JsonObject } from "../core/json.ts";
import type { FileRef } from "../core/runs.ts";
import { ApiError, viewUrl } from "./client.ts";

/** Send a file, of any kind, to the input folder or another place. A different file of that name stays; this one gets a number. */
export function uploadFile(file: Blob, name: string, place = "input"): Promise<FileRef> {
  return upload("image", file, { type: place }, name);
}

/** Save a picture with the mask's transparency as its own, beside the original. */
export function uploadMask(mask: Blob, name: string, original: FileRef): Promise<FileRef> {
  return upload("mask", mask, { type: "input", original_ref: JSON.stringify(original) }, name);
}

/** The picture's transparency alone, as a picture. */
export function transparencyUrl(file: FileRef): string {
  return `${viewUrl(file)}&channel=a`;
}

/** The picture without its transparency. */
export function opaqueUrl(file: FileRef): string {
  return `${viewUrl(file)}&channel=rgb`;
}

/** The picture that lies beside a model file in the first directory of its kind. */
export function modelPreviewUrl(folder: string, name: string): string {
  return `api/experiment/models/preview/${folder}/0/${name.split("/").map(encodeURIComponent).join("/")}`;
}

/** Words that the models of this server know. */
export async function promptWords(): Promise<readonly string[]> {
  return (await answer(await fetch("api/words"))) as unknown as string[];
}

export async function modelMetadata(folder: string, name: string): Promise<JsonObject> {
  return answer(await fetch(`api/view_metadata/${folder}?filename=${encodeURIComponent(name)}`));
}

async function upload(kind: "image" | "mask", file: Blob, fields: Readonly<Record<string, string>>, name: string): Promise<FileRef> {
  const form = new FormData();
  form.append("image", file, name);
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  let response: Response;
  try {
    response = await fetch(`api/upload/${kind}`, { method: "POST", body: form });
  } catch {
    throw new ApiError("The server does not answer. Is it still running?", 0);
  }
  const made = await answer(response);
  return { filename: String(made.name), subfolder: String(made.subfolder ?? ""), type: String(made.type ?? "input") };
}

async function answer(response: Response): Promise<JsonObject> {
  const text = await response.text();
  if (response.ok) return JSON.parse(text) as JsonObject;
  const found = /"message":\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  throw new ApiError(found ?? (text.slice(0, 300) || `The server refused (${response.status}).`), response.status);
}
