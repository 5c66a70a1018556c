import { useText } from "../texts/text.ts";

interface UploadButtonProps {
  readonly label: string;
  /** As in an input of type file: image/*, audio/* ... */
  readonly accept: string;
  readonly isBusy: boolean;
  take(file: File | undefined): void;
}

/** Chooses a file of the user's own. */
export function UploadButton({ label, accept, isBusy, take }: UploadButtonProps) {
  const text = useText();
  return (
    <label className="button upload">
      {isBusy ? text("widget.file.busy") : text("widget.file.upload")}
      <input
        type="file" accept={accept} className="visually-hidden" aria-label={text("widget.file.uploadFor", { name: label })}
        onChange={(event) => { take(event.target.files?.[0]); event.target.value = ""; }}
      />
    </label>
  );
}
