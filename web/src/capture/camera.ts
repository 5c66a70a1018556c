/** The camera, for all nodes at once: it is open while somebody looks at it or takes a picture. */
import { toPng } from "../strokes/StrokePicture.ts";
import { closeDevice, openDevice } from "./devices.ts";

/** Pixels that the camera is asked for; 0 leaves it to the camera. */
export interface CameraSize {
  readonly width: number;
  readonly height: number;
}

const CLOSE_AFTER_MS = 2000;
let opened: Promise<MediaStream> | null = null;
let users = 0;

export interface OpenCamera {
  readonly stream: MediaStream;
  close(): void;
}

/** Look through the camera until `close`. */
export async function openCamera({ width, height }: CameraSize): Promise<OpenCamera> {
  users += 1;
  opened ??= openDevice({ video: { ...(width ? { width: { ideal: width } } : {}), ...(height ? { height: { ideal: height } } : {}) } });
  try {
    const stream = await opened;
    let isClosed = false;
    return { stream, close: () => { if (!isClosed) leave(); isClosed = true; } };
  } catch (error) {
    users -= 1;
    opened = null;
    throw error;
  }
}

/** Opening takes a camera a second; runs that follow each other keep it open. */
function leave(): void {
  users -= 1;
  setTimeout(() => {
    if (users > 0 || !opened) return;
    void opened.then(closeDevice);
    opened = null;
  }, CLOSE_AFTER_MS);
}

/** One picture, now, as PNG; of the wanted size, as far as the camera's shape allows: what does not fit is cut off at the edges. */
export async function takePicture(size: CameraSize): Promise<Blob> {
  const { stream, close } = await openCamera(size);
  try {
    const film = document.createElement("video");
    Object.assign(film, { muted: true, playsInline: true, srcObject: stream });
    await film.play();
    if (film.videoWidth === 0) await new Promise((ready) => film.addEventListener("resize", ready, { once: true }));
    const canvas = drawFrame(film, size);
    film.srcObject = null;
    return await toPng(canvas);
  } finally {
    close();
  }
}

function drawFrame(film: HTMLVideoElement, { width, height }: CameraSize): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  const [across, down] = [film.videoWidth, film.videoHeight];
  canvas.width = width || (height ? Math.round((across * height) / down) : across);
  canvas.height = height || (width ? Math.round((down * width) / across) : down);
  const scale = Math.max(canvas.width / across, canvas.height / down);
  const [shownX, shownY] = [canvas.width / scale, canvas.height / scale];
  canvas.getContext("2d")!.drawImage(film, (across - shownX) / 2, (down - shownY) / 2, shownX, shownY, 0, 0, canvas.width, canvas.height);
  return canvas;
}
