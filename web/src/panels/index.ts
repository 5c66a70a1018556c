/** Registers the panels that come with the editor. */
import { registerPanel } from "./registry.ts";

registerPanel({ id: "nodes", title: "panel.nodes", place: "left", order: 1, icon: "M4 6h6v5H4zM14 13h6v5h-6zM10 8.500h4v7" }, () => import("./NodesPanel.tsx"));
registerPanel({ id: "templates", title: "panel.templates", place: "left", order: 3, icon: "M5 4h14v16H5zM5 9h14M10 9v11" }, () => import("./TemplatesPanel.tsx"));
registerPanel({ id: "problems", title: "panel.problems", place: "bottom", order: 2, icon: "M12 4 3 20h18zM12 10v5M12 17.500v.5" }, () => import("./ProblemsPanel.tsx"));
registerPanel({ id: "outline", title: "panel.outline", place: "left", order: 2, icon: "M4 5h6M8 12h8M8 19h8M6 5v14" }, () => import("./OutlinePanel.tsx"));
registerPanel({ id: "workflows", title: "panel.workflows", place: "left", order: 4, icon: "M4 6h6l2 2h8v11H4z" }, () => import("./WorkflowsPanel.tsx"));
registerPanel({ id: "gallery", title: "panel.gallery", place: "left", order: 5, icon: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M9 9h.5" }, () => import("./GalleryPanel.tsx"));
registerPanel({ id: "versions", title: "panel.versions", place: "left", order: 6, icon: "M12 4a8 8 0 1 0 8 8M12 8v4l3 2M20 4v5h-5" }, () => import("./VersionsPanel.tsx"));
registerPanel({ id: "queue", title: "panel.queue", place: "bottom", order: 1, icon: "M5 6h14M5 12h14M5 18h9" }, () => import("./QueuePanel.tsx"));
registerPanel({ id: "history", title: "panel.history", place: "bottom", order: 3, icon: "M12 5a7 7 0 1 0 7 7M12 8v4l3 2" }, () => import("./HistoryPanel.tsx"));
