/** Pictures that nodes want to be taken for each run. */
import { uploadFile } from "../api/inputs.ts";
import { inputsOf } from "../core/catalog.ts";
import { setValue } from "../core/commands/nodes.ts";
import { ALWAYS, type Document, type Node, type SheetId } from "../core/document.ts";
import { valueOf } from "../core/inputFiles.ts";
import type { Session } from "../core/session.ts";
import { runner, workspace } from "./editor.ts";

interface Wanted {
  readonly sheet: SheetId;
  readonly node: Node;
  readonly input: string;
}

export function followCaptures(): void {
  runner.beforeRun(({ session }) => {
    const wanted = wantedPictures(session.document);
    return wanted.length ? takeAll(session, wanted) : undefined;
  });
}

function wantedPictures(document: Document): Wanted[] {
  return Object.values(document.sheets).flatMap((sheet) =>
    Object.values(sheet.nodes).flatMap((node) => {
      const type = workspace.catalog.get(node.type);
      if (!type || node.mode !== ALWAYS || node.values.capture_on_queue !== true) return [];
      return inputsOf(type, (name) => node.values[name]).filter(({ widget }) => widget?.kind === "webcam").map(({ name }) => ({ sheet: sheet.id, node, input: name }));
    }),
  );
}

async function takeAll(session: Session, wanted: readonly Wanted[]): Promise<void> {
  const { takePicture } = await import("../capture/camera.ts");
  for (const { sheet, node, input } of wanted) {
    const picture = await takePicture({ width: Number(node.values.width) || 0, height: Number(node.values.height) || 0 });
    const file = await uploadFile(picture, "camera.png", "input", "webcam");
    session.perform("Take a picture", (edit) => setValue(edit, sheet, node.id, input, valueOf(file, "input")));
  }
}
