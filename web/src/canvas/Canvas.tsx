import "@xyflow/react/dist/base.css";
import {
  ConnectionMode, type NodeChange, type OnConnectEnd, type OnConnectStart, ReactFlow,
  ReactFlowProvider, SelectionMode, applyNodeChanges, getNodesBounds, getViewportForBounds, useKeyPress, useReactFlow, useStore as useFlow, useStoreApi,
  type Viewport,
} from "@xyflow/react";
import { type ReactNode, type RefObject, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useStore } from "zustand";
import { addReroute, reroutesOf } from "../core/commands/links.ts";
import { moveTo } from "../core/commands/nodes.ts";
import type { Link, Point, Sheet } from "../core/document.ts";
import { type Session, viewedSheet } from "../core/session.ts";
import { settings } from "../core/settings.ts";
import { canvas, ui, useSession, useTab, useUi, workspace } from "../state/editor.ts";
import { useText } from "../texts/text.ts";
import { DrawnLink } from "./DrawnLink.tsx";
import { type AnyNode, type LinkEdge as LinkEdgeData, flowEdges, flowNodes, guessed } from "./flow.ts";
import { CutGesture } from "./CutGesture.tsx";
import { FrameBox } from "./FrameBox.tsx";
import { LinkEdge } from "./LinkEdge.tsx";
import { type Linking, beginLink, endsOf, linkToNode, linking, makeLink, takeAway } from "./linking.ts";
import { boxesOf } from "./geometry.ts";
import { Grid } from "./Grid.tsx";
import { Minimap } from "./Minimap.tsx";
import { Overview } from "./Overview.tsx";
import { NodeCard } from "./NodeCard.tsx";
import { BoundaryCard, RerouteDot } from "./SmallNodes.tsx";
import { useDragging } from "./useDragging.ts";
import { useScrollingTexts } from "./useScrollingTexts.ts";
import { useSteadyView } from "./useSteadyView.ts";

const NODE_KINDS = { card: NodeCard, frame: FrameBox, reroute: RerouteDot, boundary: BoundaryCard };
const EDGE_KINDS = { link: LinkEdge };
const MAGNET_PX = 24;

const FIT = { padding: 0.08, maxZoom: 1, includeHiddenNodes: true } as const;
const [MIN_ZOOM, MAX_ZOOM] = [0.05, 4];

/** The sheet in view, to be seen and changed. `children` are drawn inside, where the canvas library's own hooks work. */
export function Canvas({ children }: { readonly children?: ReactNode }) {
  const area = useRef<HTMLDivElement>(null);
  const { session } = useTab();
  const sheet = useSession((state) => viewedSheet(state).id);
  const [size, setSize] = useState<Point | null>(null);
  useLayoutEffect(() => setSize([area.current!.clientWidth, area.current!.clientHeight]), []);
  // The view is fitted before the first drawing: of a large graph, what is out of sight is then never drawn.
  const initialNodes = useMemo(() => (size ? guessedNodes(session, size) : []), [session, sheet, size]);
  return (
    <div className="canvas" ref={area}>
      {size && (
        <ReactFlowProvider key={sheet} initialNodes={initialNodes} initialWidth={size[0]} initialHeight={size[1]} initialMinZoom={MIN_ZOOM} initialMaxZoom={FIT.maxZoom} fitView initialFitViewOptions={FIT}>
          <Flow area={area} initialNodes={initialNodes}>{children}</Flow>
          <CutGesture area={area} />
        </ReactFlowProvider>
      )}
    </div>
  );
}

function toViewport([x, y, zoom]: readonly [number, number, number]): Viewport {
  return { x, y, zoom };
}

/** How many nodes are a large sheet: so many in view at once are slow to move. */
const MANY = 60;

/**
 * The zoom below which a sheet is drawn as an overview of plain boxes. Of a large one nobody can read the nodes any more;
 * in a small one the pictures on them can still be seen.
 */
function farBelow({ nodes }: Sheet): number {
  return Object.keys(nodes).length > MANY ? 0.4 : 0.2;
}

function guessedNodes(session: Session, [width, height]: Point): AnyNode[] {
  const nodes = flowNodes(session.sheet).map((made) => (made.type === "card" ? guessed(made, session.document, workspace.catalog) : made));
  const { zoom } = getViewportForBounds(getNodesBounds(nodes), width, height, MIN_ZOOM, FIT.maxZoom, FIT.padding);
  return zoom < farBelow(session.sheet) ? nodes.map((node) => ({ ...node, hidden: true })) : nodes;
}

interface FlowProps {
  readonly area: RefObject<HTMLElement | null>;
  readonly initialNodes: AnyNode[];
  readonly children?: ReactNode;
}

function Flow({ area, initialNodes, children }: FlowProps) {
  const { session } = useTab();
  const text = useText();
  const sheet = useSession(viewedSheet);
  const selection = useSession((state) => state.selection);
  const { snapToGrid, gridSize, showMinimap } = useStore(settings);
  const flow = useReactFlow<AnyNode, LinkEdgeData>();
  const view = useStoreApi<AnyNode, LinkEdgeData>();
  const [start] = useState(() => toViewport(view.getState().transform));
  const border = useMemo(() => farBelow(sheet), [sheet]);
  const isFar = useFlow(useCallback(({ transform }: { transform: readonly number[] }) => transform[2]! < border, [border]));
  const [nodes, setNodes] = useState<AnyNode[]>(initialNodes);

  const dragging = useDragging(session);
  const zoom = useUi((state) => state.zoom);

  // The library owns positions while something is dragged; the document gets them when it is let go.
  useEffect(() => {
    setNodes((old) => {
      const known = new Map(old.map((node) => [node.id, node]));
      return flowNodes(sheet).map((made) => {
        const before = known.get(made.id);
        const selected = selection.has(made.id);
        if (before && before.data === made.data && before.selected === selected && before.position === made.position && before.hidden === isFar) return before;
        const sized = before?.measured ? { ...made, measured: before.measured, ...(before.handles ? { handles: before.handles } : {}) } : made.type === "card" ? guessed(made, session.document, workspace.catalog) : made;
        return { ...sized, selected, hidden: isFar } as AnyNode;
      });
    });
  }, [sheet, selection, isFar, session]);

  const edges = useMemo(
    () => (isFar ? [] : flowEdges(sheet).map((edge) => (selection.has(`link:${edge.id}`) ? { ...edge, selected: true } : edge))),
    [sheet, selection, isFar],
  );

  const onNodesChange = useCallback(
    (changes: NodeChange<AnyNode>[]) => {
      const chosen = changes.filter((change) => change.type === "select");
      if (chosen.length) {
        const next = new Set(session.state.selection);
        for (const { id, selected } of chosen) selected ? next.add(id) : next.delete(id);
        session.select(next);
      }
      const others = changes.filter((change) => change.type !== "select" && change.type !== "remove");
      if (others.length) {
        const drawn = new Set(others.flatMap((change) => (change.type === "dimensions" ? [change.id] : [])));
        // Once a node was drawn, its real sockets count and no longer the guessed ones.
        setNodes((old) => applyNodeChanges(others, old).map((node) => (drawn.has(node.id) && node.handles ? withoutGuess(node) : node)));
      }
      // Arrow keys move nodes without a drag.
      const pushed = dragging.isDragging() ? [] : others.filter((change) => change.type === "position" && change.position && !change.dragging);
      const places = new Map(pushed.map((change): [string, Point] => change.type === "position" ? [change.id, [change.position!.x, change.position!.y]] : ["", [0, 0]]));
      if (places.size) session.perform("Move", (edit) => moveTo(edit, session.sheet.id, places), "arrow keys");
    },
    [session, dragging],
  );

  const onConnectStart: OnConnectStart = (_, { nodeId, handleId }) => {
    if (nodeId !== null && handleId !== null) beginLink(session, nodeId, handleId);
  };

  const onConnectEnd: OnConnectEnd = (event, state) => {
    const drawn = linking.getState().current;
    if (drawn && !(state.isValid && state.toHandle)) release(drawn, "changedTouches" in event ? event.changedTouches[0]! : event);
    linking.setState({ current: null });
  };

  const release = (drawn: Linking, { clientX, clientY }: { readonly clientX: number; readonly clientY: number }): void => {
    const node = document.elementFromPoint(clientX, clientY)?.closest<HTMLElement>(".react-flow__node")?.dataset.id;
    if (node !== undefined) {
      if (!linkToNode(session, node) && drawn.moved && node !== drawn.moved.to.node) takeAway(session, drawn.moved);
    } else if (drawn.moved) takeAway(session, drawn.moved);
    else {
      const place = flow.screenToFlowPosition({ x: clientX, y: clientY });
      ui.setState({ palette: { pos: [place.x, place.y], from: drawn } });
    }
  };

  useCanvasControl();
  useScrollingTexts(area);
  useEscape();
  const isPanning = useKeyPress("Space");
  useSteadyView(area, useCallback(() => void flow.fitView(FIT), [flow]));
  useEffect(() => ui.setState({ zoom: start.zoom }), [start]);
  return (
    <ReactFlow<AnyNode, LinkEdgeData>
      aria-label={text("canvas.label")}
      nodes={nodes} edges={edges} nodeTypes={NODE_KINDS} edgeTypes={EDGE_KINDS}
      onNodesChange={onNodesChange}
      onNodeDragStart={dragging.onNodeDragStart} onNodeDrag={dragging.onNodeDrag} onNodeDragStop={dragging.onNodeDragStop}
      onSelectionDragStart={(event, moved) => dragging.onNodeDragStart(event, moved[0]!)}
      onSelectionDragStop={(event, moved) => dragging.onNodeDragStop(event, moved[0]!, moved)}
      onConnectStart={onConnectStart} onConnectEnd={onConnectEnd}
      onConnect={(connection) => {
        const ends = endsOf(session, connection);
        if (ends) makeLink(session, ...ends);
      }}
      isValidConnection={(connection) => endsOf(session, connection) !== null}
      connectionMode={ConnectionMode.Loose} connectionLineComponent={DrawnLink} edgesReconnectable={false} edgesFocusable={false}
      onEdgeClick={(_, edge) => session.select([`link:${edge.id}`])}
      onPaneClick={() => session.select([])}
      onNodeClick={({ ctrlKey, metaKey, target }, { id }) => {
        // With Ctrl the library begins a box around nodes; a click without one is for the node.
        if ((ctrlKey || metaKey) && !(target as Element).closest(".nodrag")) session.toggle(id);
      }}
      onEdgeDoubleClick={(event, edge) => {
        const place = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
        session.perform("Bend a link", (edit) => addReroute(edit, session.sheet.id, edge.id, [Math.round(place.x), Math.round(place.y)], bendAfter(session.sheet, edge.data!.link, [place.x, place.y])));
      }}
      onNodeDoubleClick={(_, node) => {
        if (node.type === "card" && node.data.node.type in session.document.sheets) session.enter(node.id, node.data.node.type);
      }}
      onDoubleClick={(event) => {
        if (!(event.target as Element).classList.contains("react-flow__pane")) return;
        const place = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
        ui.setState({ palette: { pos: [place.x, place.y] } });
      }}
      onMoveStart={(event) => { if (event?.type !== "wheel") area.current?.classList.add("is-moving"); }} onMoveEnd={() => area.current?.classList.remove("is-moving")}
      onMove={(_, { zoom }) => { if (zoom !== ui.getState().zoom) ui.setState({ zoom }); }}
      connectionRadius={MAGNET_PX / zoom} snapToGrid={snapToGrid} snapGrid={[gridSize, gridSize]}
      minZoom={MIN_ZOOM} maxZoom={MAX_ZOOM} zoomOnDoubleClick={false} deleteKeyCode={null} panOnDrag={[0, 1]}
      selectionKeyCode={["Control", "Meta"]} multiSelectionKeyCode={["Shift", "Control", "Meta"]} selectionMode={SelectionMode.Partial}
      onlyRenderVisibleElements elevateNodesOnSelect={false} defaultViewport={start}
      nodeDragThreshold={0} nodesDraggable={!isPanning} proOptions={{ hideAttribution: true }}
    >
      {!isFar && <Grid gap={gridSize} />}
      {showMinimap && <Minimap />}
      {isFar && <Overview area={area} />}
      {children}
    </ReactFlow>
  );
}

function withoutGuess({ handles: _, ...node }: AnyNode): AnyNode {
  return node as AnyNode;
}

/** Which reroute of a link lies just behind a new bend, seen from the source; undefined if none does. */
function bendAfter(sheet: Sheet, link: Link, [x]: Point): string | undefined {
  const bends = reroutesOf(sheet, link);
  const at = bends.findIndex((id) => sheet.reroutes[id]!.pos[0] > x);
  return at < 0 ? undefined : bends[at];
}

/** Escape gives up the link that is being drawn. */
function useEscape(): void {
  useEffect(() => {
    const giveUp = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || !linking.getState().current) return;
      linking.setState({ current: null });
      event.preventDefault();
      event.stopPropagation();
    };
    window.addEventListener("keydown", giveUp, { capture: true });
    return () => window.removeEventListener("keydown", giveUp, { capture: true });
  }, []);
}

/** Offers the canvas to actions while it is there. */
function useCanvasControl(): void {
  const flow = useReactFlow<AnyNode, LinkEdgeData>();
  const pointer = useRef<Point | null>(null);
  useEffect(() => {
    const follow = (event: PointerEvent): void => {
      const isOnCanvas = (event.target as Element | null)?.closest?.(".react-flow") != null;
      pointer.current = isOnCanvas ? [event.clientX, event.clientY] : null;
    };
    window.addEventListener("pointermove", follow, { passive: true });
    const toSheet = ([x, y]: Point): Point => {
      const place = flow.screenToFlowPosition({ x, y });
      return [place.x, place.y];
    };
    canvas.current = {
      fit: (ids) => void flow.fitView({ ...FIT, ...(ids ? { nodes: ids.map((id) => ({ id })) } : {}) }),
      zoomBy: (factor) => void flow.zoomTo(flow.getZoom() * factor),
      zoomTo: (zoom) => void flow.zoomTo(zoom),
      pointer: () => {
        const box = document.querySelector(".react-flow")?.getBoundingClientRect();
        return toSheet(pointer.current ?? (box ? [box.x + box.width / 2, box.y + box.height / 2] : [0, 0]));
      },
      boxes: (ids) => boxesOf(flow, ids),
      toSheet,
      toScreen: ([x, y]) => {
        const place = flow.flowToScreenPosition({ x, y });
        return [place.x, place.y];
      },
    };
    return () => {
      window.removeEventListener("pointermove", follow);
      canvas.current = null;
    };
  }, [flow]);
}
