/** What widgets ask of the server: files into the input folder, words for prompts. */
import type { JsonObject } from "../core/json.ts";
import type { FileRef } from "../core/runs.ts";
import { getJson, request, viewUrl } from "./client.ts";

/** Send a file, of any kind, to the input folder or another place. A different file of that name stays; this one gets a number. */
export function uploadFile(file: Blob, name: string, place = "input", subfolder = ""): Promise<FileRef> {
  return upload("image", file, { type: place, ...(subfolder ? { subfolder } : {}) }, name);
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
export function promptWords(): Promise<readonly string[]> {
  return getJson("words");
}

export function modelMetadata(folder: string, name: string): Promise<JsonObject> {
  return getJson(`view_metadata/${folder}?filename=${encodeURIComponent(name)}`);
}

async function upload(kind: "image" | "mask", file: Blob, fields: Readonly<Record<string, string>>, name: string): Promise<FileRef> {
  const form = new FormData();
  form.append("image", file, name);
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  const made = (await (await request(`upload/${kind}`, { method: "POST", body: form })).json()) as JsonObject;
  return { filename: String(made.name), subfolder: String(made.subfolder ?? ""), type: String(made.type ?? "input") };
}
