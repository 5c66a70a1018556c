import { lazy, Suspense } from "react";
import { useStore } from "zustand";
import { dialogs, type OpenDialog } from "../state/dialogs.ts";
import { ConfirmDialog } from "./ConfirmDialog.tsx";
import { NameDialog } from "./NameDialog.tsx";

const PictureDialog = lazy(() => import("../gallery/PictureDialog.tsx"));
const LargeDialog = lazy(() => import("../gallery/LargeDialog.tsx"));
const CompareDialog = lazy(() => import("../compare/CompareDialog.tsx"));
const SettingsDialog = lazy(() => import("./SettingsDialog.tsx"));
const DifferenceDialog = lazy(() => import("../versions/DifferenceDialog.tsx"));
const TabsDialog = lazy(() => import("./TabsDialog.tsx"));

/** The dialog that is open, if one is. */
export function Dialogs() {
  const open = useStore(dialogs, (state) => state.open);
  return open && <Suspense>{show(open)}</Suspense>;
}

function show(dialog: OpenDialog) {
  switch (dialog.name) {
    case "picture":
      return <PictureDialog {...dialog} />;
    case "large":
      return <LargeDialog {...dialog} />;
    case "compare":
      return <CompareDialog {...dialog} />;
    case "settings":
      return <SettingsDialog {...dialog} />;
    case "difference":
      return <DifferenceDialog {...dialog} />;
    case "tabs":
      return <TabsDialog />;
    case "name":
      return <NameDialog {...dialog} />;
    case "confirm":
      return <ConfirmDialog {...dialog} />;
  }
}
