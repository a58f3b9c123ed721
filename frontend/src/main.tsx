import "@fontsource-variable/figtree/wght.css";
import "@fontsource/young-serif/400.css";
import "./styles/theme.css";
import "./styles/layout.css";
import "./styles/controls.css";
import "./styles/show.css";
import "./styles/card.css";
import "./styles/watch.css";
import "./styles/closer.css";
import "./styles/log.css";
import "./styles/replay.css";
import "./styles/arrive.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { enterByLink } from "./request/route";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
enterByLink();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
