import { BaseEdge, type EdgeProps } from "@xyflow/react";
import { memo } from "react";
import { useStore } from "zustand";
import { reroutesOf } from "../core/commands/links.ts";
import { settings } from "../core/settings.ts";
import { useSession } from "../state/editor.ts";
import { viewedSheet } from "../core/session.ts";
import { socketColor } from "./colors.ts";
import type { LinkEdge as Edge } from "./flow.ts";
import { linkPath } from "./paths.ts";
import { dropTarget } from "./useDragging.ts";

/** A link, through its reroutes. */
export const LinkEdge = memo(function LinkEdge({ data, sourceX, sourceY, targetX, targetY, selected }: EdgeProps<Edge>) {
  const link = data!.link;
  const shape = useStore(settings, (state) => state.linkShape);
  // A text, so that the link is only drawn again when one of its own reroutes moved.
  const through = useSession((state) => {
    const sheet = viewedSheet(state);
    return link.reroute === undefined ? "" : reroutesOf(sheet, link).map((id) => sheet.reroutes[id]!.pos.join(" ")).join(",");
  });
  const isTarget = useStore(dropTarget, (state) => state.link === link.id);
  const bends = through ? through.split(",").map((pair) => pair.split(" ").map(Number) as [number, number]) : [];
  const path = linkPath([[sourceX, sourceY], ...bends, [targetX, targetY]], shape);
  return <BaseEdge id={link.id} path={path} interactionWidth={14} className={`link${selected ? " is-selected" : ""}${isTarget ? " is-target" : ""}`} style={{ stroke: socketColor(link.type) }} />;
});
