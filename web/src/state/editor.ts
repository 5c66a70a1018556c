/** The parts of the running editor that everything above works on. */
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import type { End, Point } from "../core/document.ts";
import type { Box } from "../core/layout.ts";
import type { RunState } from "../core/runs.ts";
import type { Session, SessionState } from "../core/session.ts";
import type { Tab, WorkspaceState } from "../core/workspace.ts";
import { Workspace } from "../core/workspace.ts";
import { text } from "../texts/text.ts";
import { Runner } from "./runner.ts";

/** What the canvas can be asked to do; null while there is none. Points are in the sheet's own units. */
export interface CanvasControl {
  fit(ids?: readonly string[]): void;
  zoomBy(factor: number): void;
  zoomTo(zoom: number): void;
  /** Where nodes lie and how large they are, as they are seen. */
  boxes(ids: Iterable<string>): Box[];
  /** Where the pointer is on the sheet, or the middle of what is seen. */
  pointer(): Point;
  toSheet(screen: Point): Point;
  toScreen(place: Point): Point;
}

/** The palette that adds a node, open at a place; with `from`, for nodes that fit that end of a link. */
export interface PaletteState {
  readonly pos: Point;
  readonly from?: { readonly end: End; readonly side: "out" | "in"; readonly type: string };
}

export interface Notice {
  readonly id: number;
  readonly kind: "info" | "error";
  readonly message: string;
}

export interface UiState {
  readonly palette: PaletteState | null;
  readonly isCommandPaletteOpen: boolean;
  readonly renaming: string | null;
  readonly notices: readonly Notice[];
  readonly zoom: number;
  /** What a run to the node under the pointer would need, itself too; null when the pointer aims at none. */
  readonly aimed: ReadonlySet<string> | null;
}

export const workspace = new Workspace();
export const runner = new Runner(workspace);
export const ui = createStore<UiState>(() => ({
  palette: null, isCommandPaletteOpen: false, renaming: null, notices: [], zoom: 1, aimed: null,
}));

export const canvas: { current: CanvasControl | null } = { current: null };

let noticeCount = 0;

/** Tell the user something in passing. */
export function notify(message: string, kind: Notice["kind"] = "info"): void {
  const notice = { id: (noticeCount += 1), kind, message };
  ui.setState({ notices: [...ui.getState().notices.slice(-3), notice] });
  setTimeout(() => dismiss(notice.id), kind === "error" ? 12_000 : 5_000);
}

export function dismiss(id: number): void {
  ui.setState({ notices: ui.getState().notices.filter((notice) => notice.id !== id) });
}

/** The session of the tab in view. Components below the workspace only exist while there is one. */
export function currentSession(): Session {
  const tab = workspace.tab;
  if (!tab) throw new Error(text("error.noTab"));
  return tab.session;
}

export function useWorkspace<Part>(select: (state: WorkspaceState) => Part): Part {
  return useStore(workspace.store, select);
}

export function useTab(): Tab {
  return useWorkspace((state) => state.tabs.find(({ id }) => id === state.active)!);
}

export function useSession<Part>(select: (state: SessionState) => Part): Part {
  return useStore(useTab().session.store, select);
}

export function useRun<Part>(select: (state: RunState) => Part): Part {
  return useStore(runner.storeOf(useTab().id), select);
}

export function useUi<Part>(select: (state: UiState) => Part): Part {
  return useStore(ui, select);
}
