import { viewUrl } from "../api/client.ts";
import { filesOf, solidsOf, textsOf } from "../core/results.ts";
import { copyText } from "../state/copyText.ts";
import { notify, useRun } from "../state/editor.ts";
import { useText } from "../texts/text.ts";

/** What a node's last run gave besides pictures: texts to read and copy, sounds and films to play, 3D files to take. */
export function NodeResults({ runId, name }: { readonly runId: string; readonly name: string }) {
  const text = useText();
  const output = useRun((run) => run.outputs[runId]);
  const texts = textsOf(output);
  const sounds = filesOf(output, "audio");
  const films = filesOf(output, "video");
  const solids = solidsOf(output);
  const copy = (shown: string): void => void copyText(shown).then(() => notify(text("result.copied")), (error: Error) => notify(error.message, "error"));
  return (
    <>
      {texts.map((shown, i) => (
        <div key={i} className="result-text nodrag nopan scrolls">
          <pre tabIndex={0} role="region" aria-label={text("result.text", { name })}>{shown}</pre>
          <button type="button" className="button" onClick={() => copy(shown)}>{text("result.copy")}</button>
        </div>
      ))}
      {films.map((file, i) => (
        <video key={file.filename} className="result-film nodrag" controls loop muted autoPlay={false} preload="metadata" src={viewUrl(file)} aria-label={text("result.film", { index: i + 1, count: films.length, name })} />
      ))}
      {sounds.map((file, i) => (
        <audio key={file.filename} className="sound nodrag" controls preload="metadata" src={viewUrl(file)} aria-label={text("result.sound", { index: i + 1, count: sounds.length, name })} />
      ))}
      {solids.map((file) => (
        <a key={file.filename} className="result-file nodrag" href={viewUrl(file)} download={file.filename} title={text("result.file", { name })}>{file.filename}</a>
      ))}
    </>
  );
}
