/** What nodes have open: recordings and cameras. They go on while their node is out of sight, and end with it. */
import { createStore } from "zustand/vanilla";
import { workspace } from "../state/editor.ts";
import type { OpenCamera } from "./camera.ts";
import type { Recording } from "./recorder.ts";

/** Where it belongs: an input of a node of a tab. */
export interface Place {
  readonly tab: string;
  readonly sheet: string;
  readonly node: string;
  readonly name: string;
}

export function keyOf({ tab, sheet, node, name }: Place): string {
  return [tab, sheet, node, name].join("\n");
}

class UnderWay<Thing> {
  readonly store = createStore<{ readonly [key: string]: Thing }>(() => ({}));
  private readonly unfollow = new Map<string, () => void>();

  constructor(private readonly drop: (thing: Thing) => void) {}

  begin(at: Place, thing: Thing): void {
    this.end(at);
    this.store.setState({ [keyOf(at)]: thing });
    this.unfollow.set(keyOf(at), onceGone(at, () => this.end(at)));
  }

  end(at: Place): void {
    const key = keyOf(at);
    const { [key]: thing, ...others } = this.store.getState();
    if (thing === undefined) return;
    this.unfollow.get(key)?.();
    this.unfollow.delete(key);
    this.store.setState(others, true);
    this.drop(thing);
  }
}

/** When the node was deleted or its tab closed; returns how to stop waiting for that. */
function onceGone({ tab: id, sheet, node }: Place, then: () => void): () => void {
  const tabOf = () => workspace.state.tabs.find((tab) => tab.id === id);
  const look = (): void => {
    if (!tabOf()?.session.document.sheets[sheet]?.nodes[node]) then();
  };
  const forget = [workspace.store.subscribe(look), tabOf()?.session.store.subscribe(look)];
  return () => forget.forEach((one) => one?.());
}

export interface Running {
  readonly recording: Recording;
  readonly sinceMs: number;
}

/** A recording that ends without `stop` is forgotten. */
export const recordings = new UnderWay<Running>(({ recording }) => recording.drop());
export const cameras = new UnderWay<OpenCamera>((camera) => camera.close());
