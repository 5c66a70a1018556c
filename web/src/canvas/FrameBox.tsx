import { type NodeProps, NodeResizeControl } from "@xyflow/react";
import { memo, useState } from "react";
import { safeColor } from "../core/colors.ts";
import { changeFrame } from "../core/commands/nodes.ts";
import { useTab } from "../state/editor.ts";
import { useText } from "../texts/text.ts";
import type { FrameNode } from "./flow.ts";

/** A frame around nodes; dragging its head moves what lies inside. */
export const FrameBox = memo(function FrameBox({ data, selected }: NodeProps<FrameNode>) {
  const { frame } = data;
  const { session } = useTab();
  const text = useText();
  const [draft, setDraft] = useState<string | null>(null);
  const end = (): void => {
    if (draft !== null) session.perform("Rename the frame", (edit) => changeFrame(edit, session.sheet.id, frame.id, { title: draft }));
    setDraft(null);
  };
  return (
    <div className={`frame${selected ? " is-selected" : ""}`} style={{ "--frame": safeColor(frame.color) } as React.CSSProperties}>
      <div className="frame-head" onDoubleClick={(event) => { event.stopPropagation(); setDraft(frame.title); }}>
        {draft === null ? (
          frame.title || text("frame.title")
        ) : (
          <input
            className="field nodrag" autoFocus aria-label={text("frame.title")} value={draft}
            onFocus={(event) => event.target.select()} onChange={(event) => setDraft(event.target.value)} onBlur={end}
            onKeyDown={(event) => { if (event.key === "Enter") end(); if (event.key === "Escape") setDraft(null); event.stopPropagation(); }}
          />
        )}
      </div>
      {selected && (
        <NodeResizeControl
          className="resizer" minWidth={120} minHeight={80} position="bottom-right"
          onResizeEnd={(_, { x, y, width, height }) =>
            session.perform("Resize the frame", (edit) => changeFrame(edit, session.sheet.id, frame.id, { pos: [x, y], size: [Math.round(width), Math.round(height)] }))
          }
        />
      )}
    </div>
  );
});
