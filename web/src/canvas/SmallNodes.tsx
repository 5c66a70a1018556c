import type { NodeProps } from "@xyflow/react";
import { memo } from "react";
import { viewedSheet } from "../core/session.ts";
import { NEW_SLOT } from "../core/slots.ts";
import { useSession } from "../state/editor.ts";
import { useText } from "../texts/text.ts";
import type { BoundaryNode, RerouteNode } from "./flow.ts";
import { Socket } from "./Socket.tsx";

/** A bend of links that can be taken hold of. */
export const RerouteDot = memo(function RerouteDot({ selected }: NodeProps<RerouteNode>) {
  return <div className={`reroute${selected ? " is-selected" : ""}`} />;
});

/** What goes into a subgraph, or comes out of it, seen from inside. */
export const BoundaryCard = memo(function BoundaryCard({ id, data }: NodeProps<BoundaryNode>) {
  const text = useText();
  const slots = useSession((state) => (data.side === "in" ? viewedSheet(state).inputs : viewedSheet(state).outputs));
  return (
    <div className="card is-boundary">
      <div className="card-head"><span className="card-title">{text(data.side === "in" ? "subgraph.inputs" : "subgraph.outputs")}</span></div>
      <div className="card-body">
        {slots.map((slot) => (
          <div key={slot.key} className={`slot ${data.side === "in" ? "out" : "in"}`}>
            <Socket node={id} slot={slot.key} type={slot.type} side={data.side === "in" ? "out" : "in"} />
            <span>{slot.label ?? slot.name}</span>
          </div>
        ))}
        <div className={`slot boundary-new ${data.side === "in" ? "out" : "in"}`}>
          <Socket node={id} slot={NEW_SLOT} type="*" side={data.side === "in" ? "out" : "in"} />
          <span>{text("subgraph.new")}</span>
        </div>
      </div>
    </div>
  );
});
