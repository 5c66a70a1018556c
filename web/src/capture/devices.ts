/** The camera and the microphone of the user's machine. Every failure is an Error with a sentence for the user. */
import { text } from "../texts/text.ts";

/** Opens a camera or a microphone; the browser asks the user first. */
export async function openDevice(wanted: MediaStreamConstraints): Promise<MediaStream> {
  const kind = wanted.video ? "camera" : "microphone";
  // Browsers hide devices from pages on plain http, save on localhost.
  if (!navigator.mediaDevices?.getUserMedia) throw new Error(text(`device.${kind}.insecure`));
  try {
    return await navigator.mediaDevices.getUserMedia(wanted);
  } catch (error) {
    const name = error instanceof DOMException ? error.name : "";
    const reason = name === "NotAllowedError" || name === "SecurityError" ? "refused" : name === "NotFoundError" || name === "OverconstrainedError" ? "none" : "busy";
    throw new Error(text(`device.${kind}.${reason}`));
  }
}

export function closeDevice(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
