import { lazy, Suspense, use } from "react";
import { useStore } from "zustand";
import { Canvas } from "../canvas/Canvas.tsx";
import { settings } from "../core/settings.ts";
import { Dialogs } from "../panels/Dialogs.tsx";
import Inspector from "../panels/Inspector.tsx";
import { useWorkspace } from "../state/editor.ts";
import { view } from "../state/view.ts";
import { text } from "../texts/text.ts";
import { BottomDrawer } from "./BottomDrawer.tsx";
import { CanvasMenu } from "./CanvasMenu.tsx";
import { CommandPalette } from "./CommandPalette.tsx";
import { ErrorBorder } from "./ErrorBorder.tsx";
import { LeftRail } from "./LeftRail.tsx";
import { NodePalette } from "./NodePalette.tsx";
import { Notices } from "./Notices.tsx";
import { SelectionBar } from "./SelectionBar.tsx";
import { StatusBar } from "./StatusBar.tsx";
import { TopBar } from "./TopBar.tsx";

const FormView = lazy(() => import("../form/FormView.tsx"));

export function App({ started }: { readonly started: Promise<void> }) {
  return (
    <ErrorBorder say={(error) => text("error.start", { reason: error.message })}>
      <Suspense fallback={<div className="starting" aria-busy="true" />}>
        <Editor started={started} />
      </Suspense>
    </ErrorBorder>
  );
}

function Editor({ started }: { readonly started: Promise<void> }) {
  use(started);
  const tab = useWorkspace((state) => state.active);
  const isInspectorOpen = useStore(settings, (state) => state.isInspectorOpen);
  const isForm = useStore(view, (state) => state.isForm);
  if (!tab) return null;
  return (
    <div className={isForm ? "editor is-form" : "editor"}>
      <TopBar />
      <LeftRail />
      <main className="centre">
        {isForm ? <Suspense><FormView key={tab} /></Suspense> : <CanvasMenu><Canvas key={tab}><SelectionBar /></Canvas></CanvasMenu>}
        <BottomDrawer />
      </main>
      {isInspectorOpen && !isForm && <aside className="right"><Inspector /></aside>}
      <StatusBar />
      <NodePalette />
      <CommandPalette />
      <Dialogs />
      <Notices />
    </div>
  );
}
