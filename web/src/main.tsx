import { createRoot } from "react-dom/client";
import { App } from "./app/App.tsx";
import { start } from "./app/start.ts";
import "./styles/base.css";
import "./styles/app.css";
import "./styles/canvas.css";
import "./styles/widgets.css";
import "./widgets/index.ts";
import "./panels/index.ts";
import "./styles/panels.css";

const started = start();
createRoot(document.getElementById("root")!).render(<App started={started} />);
