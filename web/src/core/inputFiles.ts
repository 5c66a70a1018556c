/** Files as inputs name them: `photo.png`, `masks/photo.png`, `photo.png [output]`. */
import type { FileRef } from "./runs.ts";

export type FileKind = "image" | "audio" | "video" | "other";

const ENDINGS: Record<Exclude<FileKind, "other">, RegExp> = {
  image: /\.(png|jpe?g|webp|gif|avif|bmp|tiff?)$/i,
  audio: /\.(flac|mp3|wav|ogg|opus|m4a|aac)$/i,
  video: /\.(mp4|webm|mov|mkv|m4v|avi)$/i,
};

/** The file that a value names, which lies in `place` when the value does not say otherwise. */
export function fileOf(value: string, place: string): FileRef {
  const [, path = value, type = place] = /^(.*) \[(input|output|temp)\]$/.exec(value) ?? [];
  const slash = path.lastIndexOf("/");
  return { filename: path.slice(slash + 1), subfolder: slash < 0 ? "" : path.slice(0, slash), type };
}

/** The value that names a file for an input whose files lie in `place`. */
export function valueOf({ filename, subfolder, type }: FileRef, place: string): string {
  return `${subfolder ? `${subfolder}/` : ""}${filename}${type === place ? "" : ` [${type}]`}`;
}

export function kindOf(name: string): FileKind {
  return (Object.keys(ENDINGS) as (keyof typeof ENDINGS)[]).find((kind) => ENDINGS[kind].test(name)) ?? "other";
}
