/** Registers the panels that come with the editor. */
import { registerPanel } from "./registry.ts";

registerPanel({ id: "nodes", title: "panel.nodes", place: "left", order: 1, icon: "M4 6h6v5H4zM14 13h6v5h-6zM10 8.500h4v7" }, () => import("./NodesPanel.tsx"));
registerPanel({ id: "templates", title: "panel.templates", place: "left", order: 3, icon: "M5 4h14v16H5zM5 9h14M10 9v11" }, () => import("./TemplatesPanel.tsx"));
registerPanel({ id: "problems", title: "panel.problems", place: "bottom", order: 2, icon: "M12 4 3 20h18zM12 10v5M12 17.500v.5" }, () => import("./ProblemsPanel.tsx"));
