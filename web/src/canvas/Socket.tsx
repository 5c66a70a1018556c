import { Handle, Position } from "@xyflow/react";
import { memo } from "react";
import { useStore } from "zustand";
import { mayLink } from "../core/commands/links.ts";
import { currentSession, workspace } from "../state/editor.ts";
import { socketColor } from "./colors.ts";
import { handleName } from "./handles.ts";
import { linking } from "./linking.ts";

interface SocketProps {
  readonly node: string;
  readonly slot: string;
  readonly type: string;
  readonly side: "in" | "out";
  readonly isFed?: boolean;
}

/** A typed, coloured socket. While a link is drawn, those that fit light up and the others fade. */
export const Socket = memo(function Socket({ node, slot, type, side, isFed }: SocketProps) {
  const fit = useStore(linking, ({ current }) => {
    if (!current || current.side === side) return "";
    const here = { node, slot };
    const [from, to] = side === "in" ? [current.end, here] : [here, current.end];
    return mayLink(currentSession().sheet, workspace.catalog, from, to) ? " is-fitting" : " is-unfit";
  });
  return (
    <Handle
      id={handleName(side, slot)}
      type={side === "in" ? "target" : "source"}
      position={side === "in" ? Position.Left : Position.Right}
      className={`socket${fit}${isFed ? " is-fed" : ""}`}
      style={{ "--socket": socketColor(type) } as React.CSSProperties}
      title={`${slot}: ${type}`}
    />
  );
});
