/** The gallery's part of the server's interface: saved files, their stars, and what they were made with. */
import type { JsonObject } from "../core/json.ts";
import type { FileRef } from "../core/runs.ts";
import { getJson, send } from "./client.ts";

export interface GalleryItem {
  /** The file's name below the output folder. */
  readonly name: string;
  readonly filename: string;
  readonly subfolder: string;
  readonly kind: "image" | "video" | "audio";
  /** Bytes. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly modified: number;
  readonly is_starred: boolean;
}

export interface GalleryQuery {
  readonly search: string;
  readonly starred: boolean;
  readonly offset: number;
  readonly limit: number;
}

export function listGallery({ search, starred, offset, limit }: GalleryQuery): Promise<{ items: GalleryItem[]; total: number }> {
  const query = new URLSearchParams({ search, offset: String(offset), limit: String(limit), ...(starred ? { starred: "true" } : {}) });
  return getJson(`gallery?${query}`);
}

/** Prompt, workflow and whatever else the file carries. */
export function readInfo({ filename, subfolder, type }: FileRef): Promise<JsonObject> {
  return getJson(`gallery/info?${new URLSearchParams({ filename, subfolder, type })}`);
}

export function setStar(name: string, star: boolean): Promise<unknown> {
  return send("gallery/star", { name, star });
}

export function deleteFiles(names: readonly string[]): Promise<unknown> {
  return send("gallery/delete", { names });
}

export function fileOf({ filename, subfolder }: GalleryItem): FileRef {
  return { filename, subfolder, type: "output" };
}

/** The address of a small picture; its longer side has `size` pixels. */
export function thumbnailUrl({ filename, subfolder, type }: FileRef, size: 128 | 256 | 512 | 1024 = 256): string {
  return `api/gallery/thumbnail?${new URLSearchParams({ filename, subfolder, type, size: String(size) })}`;
}
