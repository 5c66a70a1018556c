/** Sound from the microphone, recorded until it is stopped. */
import { closeDevice, openDevice } from "./devices.ts";

/** What browsers can record, the best first, with the ending of its files. */
const FORMATS = [["audio/webm;codecs=opus", "webm"], ["audio/mp4", "m4a"], ["audio/ogg;codecs=opus", "ogg"]] as const;

export interface Recording {
  /** The sound so far, with a name for its file; the microphone is let go. */
  stop(): Promise<{ sound: Blob; name: string }>;
  /** Let the microphone go and forget the sound. */
  drop(): void;
}

export async function record(): Promise<Recording> {
  const stream = await openDevice({ audio: true });
  const [type, ending] = FORMATS.find(([candidate]) => MediaRecorder.isTypeSupported(candidate)) ?? ["", "webm"];
  const recorder = new MediaRecorder(stream, type ? { mimeType: type } : {});
  const pieces: Blob[] = [];
  recorder.addEventListener("dataavailable", ({ data }) => pieces.push(data));
  recorder.start();
  const drop = (): void => {
    if (recorder.state !== "inactive") recorder.stop();
    closeDevice(stream);
  };
  const stop = async (): Promise<{ sound: Blob; name: string }> => {
    const ended = new Promise((done) => recorder.addEventListener("stop", done, { once: true }));
    drop();
    await ended;
    return { sound: new Blob(pieces, { type: recorder.mimeType }), name: `recording.${ending}` };
  };
  return { stop, drop };
}
