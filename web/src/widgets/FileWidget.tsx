import { type ClipboardEvent, type DragEvent, Suspense, lazy, useState } from "react";
import { uploadFile } from "../api/inputs.ts";
import { viewUrl } from "../api/client.ts";
import { type FileKind, fileOf, kindOf, valueOf } from "../core/inputFiles.ts";
import { notify } from "../state/editor.ts";
import { useText } from "../texts/text.ts";
import { ChoiceWidget } from "./ChoiceWidget.tsx";
import { refreshChoices } from "./refresh.ts";
import type { WidgetProps } from "./registry.ts";
import { UploadButton } from "./UploadButton.tsx";

const MaskDialog = lazy(() => import("../mask/MaskDialog.tsx"));

const ACCEPTED: Record<FileKind, string> = { image: "image/*", audio: "audio/*,video/*", video: "video/*", other: "" };

/** A file of the input folder: chosen, uploaded, dropped or pasted, and shown. Pictures can be given a mask. */
export function FileWidget(props: WidgetProps) {
  const { spec, value, label, onChange } = props;
  const text = useText();
  const [isBusy, setBusy] = useState(false);
  const [isOver, setOver] = useState(false);
  const [isMasking, setMasking] = useState(false);
  const wanted = wantedKind(spec.options);
  const place = typeof spec.options.image_folder === "string" ? spec.options.image_folder : "input";
  const name = String(value ?? "");
  const file = fileOf(name, place);
  const kind = wanted === "image" ? "image" : kindOf(file.filename);

  const take = async (given: File | undefined): Promise<void> => {
    if (!given) return;
    if (wanted !== "other" && !isAcceptable(given, wanted)) return notify(text("widget.file.wrongKind", { name: given.name }), "error");
    setBusy(true);
    try {
      const saved = await uploadFile(given, given.name || `pasted.${given.type.split("/")[1] ?? "png"}`, place);
      await refreshChoices();
      onChange(valueOf(saved, place));
    } catch (error) {
      notify(error instanceof Error ? error.message : String(error), "error");
    } finally {
      setBusy(false);
    }
  };
  const holdsFiles = (event: DragEvent): boolean => event.dataTransfer.types.includes("Files");
  const drop = {
    onDragOver: (event: DragEvent): void => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      event.stopPropagation();
      setOver(true);
    },
    onDragLeave: () => setOver(false),
    onDrop: (event: DragEvent): void => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      event.stopPropagation();
      setOver(false);
      void take(event.dataTransfer.files[0]);
    },
    onPaste: (event: ClipboardEvent): void => {
      const pasted = [...event.clipboardData.files][0];
      if (!pasted) return;
      event.preventDefault();
      event.stopPropagation();
      void take(pasted);
    },
  };
  const isListed = (spec.choices ?? []).includes(value) || / \[\w+\]$/.test(name) || name.includes("/");
  return (
    <div className={`file-widget nodrag${isOver ? " is-over" : ""}`} aria-busy={isBusy} role="group" aria-label={label} {...drop}>
      <ChoiceWidget
        {...props} spec={isListed && name ? { ...spec, choices: [...new Set([...(spec.choices ?? []), value])] } : spec}
        {...(wanted === "image" ? { thumbnail: (choice: string) => viewUrl(fileOf(choice, place), "webp;60") } : {})}
      />
      <div className="file-buttons">
        <UploadButton label={label} accept={ACCEPTED[wanted]} isBusy={isBusy} take={(given) => void take(given)} />
        {kind === "image" && name && <button type="button" className="button" onClick={() => setMasking(true)}>{text("widget.mask.edit")}</button>}
      </div>
      {name && <FilePreview key={name} kind={kind} url={viewUrl(file)} small={viewUrl(file, "webp;85")} name={name} />}
      {!name && <p className="file-hint">{text("widget.file.hint")}</p>}
      {isMasking && (
        <Suspense fallback={null}>
          <MaskDialog
            file={file} close={() => setMasking(false)}
            saved={async (made) => {
              await refreshChoices();
              onChange(valueOf(made, place));
            }}
          />
        </Suspense>
      )}
    </div>
  );
}

interface FilePreviewProps {
  readonly kind: FileKind;
  readonly url: string;
  readonly small: string;
  readonly name: string;
}

function FilePreview({ kind, url, small, name }: FilePreviewProps) {
  const text = useText();
  const [isGone, setGone] = useState(false);
  if (isGone) return <p className="file-hint">{text("widget.file.gone", { name })}</p>;
  if (kind === "image") return <img className="picture" src={small} alt={name} draggable={false} onError={() => setGone(true)} />;
  if (kind === "audio") return <audio className="sound" controls preload="metadata" src={url} aria-label={name} onError={() => setGone(true)} />;
  if (kind === "video") return <video className="picture" controls loop muted preload="metadata" src={url} aria-label={name} onError={() => setGone(true)} />;
  return null;
}

function wantedKind(options: WidgetProps["spec"]["options"]): FileKind {
  if (options.image_upload === true) return "image";
  if (options.audio_upload === true) return "audio";
  return options.video_upload === true ? "video" : "other";
}

function isAcceptable(file: File, kind: FileKind): boolean {
  const found = file.type.split("/")[0] || kindOf(file.name);
  return found === kind || kindOf(file.name) === kind || (kind === "audio" && found === "video");
}
