/**
 * The folder of the user in which this window keeps its tabs. No two windows share one, whatever browser or device they
 * are on: the server gives a number to each window that is connected. After a lost connection it is asked for again,
 * and nothing is written until then, for another window may have taken the number meanwhile.
 */
import { send } from "../api/client.ts";
import { runner } from "./editor.ts";

/** Where websockets do not get through, a window keeps a folder for itself alone. Long, for a busy machine is no such place. */
const PATIENCE_MS = 20_000;
const AGAIN_MS = 1000;

let number: number | null = null;
let folder: Promise<string> | null = null;

export function windowFolder(): Promise<string> {
  return (folder ??= Promise.race([claim(), alone()]));
}

/** Claims the folder anew whenever the connection comes back; `onMoved` is told if it is another one then. */
export function followConnection(onMoved: () => void): void {
  runner.server.subscribe(({ isConnected }, old) => {
    if (isConnected || !old.isConnected || number === null) return;
    const before = number;
    folder = claim();
    void folder.then(() => number !== before && onMoved());
  });
}

async function claim(): Promise<string> {
  for (;;) {
    await connected();
    try {
      const answer = (await send("windows", { client_id: runner.clientId, ...(number === null ? {} : { number }) })) as { number: number };
      number = answer.number;
      return `easel/tabs-${number}`;
    } catch {
      // The connection was lost again in this moment, or the server just starts.
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

async function alone(): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  return `easel/tabs-${runner.clientId}`;
}

function connected(): Promise<void> {
  return new Promise((resolve) => {
    if (runner.server.getState().isConnected) return resolve();
    const forget = runner.server.subscribe(({ isConnected }) => {
      if (!isConnected) return;
      forget();
      resolve();
    });
  });
}
