/** The websocket to the server. It comes back by itself after it was lost, and says so, so that callers catch up. */
import type { JsonObject } from "../core/json.ts";
import { isObject } from "../core/json.ts";

export interface SocketEvents {
  message(type: string, data: JsonObject): void;
  /** A preview; `node` is the id in the run, null when the server did not say. */
  preview(node: string | null, promptId: string | null, picture: Blob): void;
  /** isAgain: the connection had been lost, so messages may have been missed. */
  open(isAgain: boolean): void;
  lost(): void;
}

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 5000;

export class Socket {
  private socket: WebSocket | null = null;
  private waitMs = FIRST_WAIT_MS;
  private wasOpen = false;
  private isClosed = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly clientId: string, private readonly events: SocketEvents) {
    this.connect();
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.socket?.close();
  }

  private connect(): void {
    const url = new URL("ws", document.baseURI);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.search = `?clientId=${encodeURIComponent(this.clientId)}`;
    const socket = (this.socket = new WebSocket(url));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.waitMs = FIRST_WAIT_MS;
      socket.send(JSON.stringify({ type: "feature_flags", data: { supports_preview_metadata: true } }));
      this.events.open(this.wasOpen);
      this.wasOpen = true;
    };
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => this.receive(data);
    socket.onclose = () => {
      if (this.isClosed || this.socket !== socket) return;
      this.events.lost();
      this.timer = setTimeout(() => this.connect(), this.waitMs);
      this.waitMs = Math.min(LONGEST_WAIT_MS, this.waitMs * 2);
    };
  }

  private receive(data: string | ArrayBuffer): void {
    if (typeof data !== "string") {
      const found = readPreview(data);
      if (found) this.events.preview(found.node, found.promptId, found.picture);
      return;
    }
    const message: unknown = JSON.parse(data);
    if (isObject(message) && typeof message.type === "string")
      this.events.message(message.type, isObject(message.data) ? message.data : {});
  }
}

/** Binary frames: 1 is a picture alone, 4 a picture with the node that it belongs to; others are not for us. */
export function readPreview(frame: ArrayBuffer): { node: string | null; promptId: string | null; picture: Blob } | null {
  const view = new DataView(frame);
  if (frame.byteLength < 8) return null;
  const kind = view.getUint32(0);
  if (kind === 1) return { node: null, promptId: null, picture: new Blob([frame.slice(8)], { type: view.getUint32(4) === 2 ? "image/png" : "image/jpeg" }) };
  if (kind !== 4) return null;
  const length = view.getUint32(4);
  const head = JSON.parse(new TextDecoder().decode(frame.slice(8, 8 + length))) as JsonObject;
  return {
    node: typeof head.node_id === "string" ? head.node_id : null,
    promptId: typeof head.prompt_id === "string" ? head.prompt_id : null,
    picture: new Blob([frame.slice(8 + length)], { type: String(head.image_type ?? "image/jpeg") }),
  };
}
