import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const SERVER = "http://127.0.0.1:8188";

export default defineConfig({
  base: "./",
  plugins: [react()],
  // The content policy allows no data: fonts or scripts; whole files are cached by their hash anyway.
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 800 },
  server: { proxy: { "/api": SERVER, "/ws": { target: SERVER, ws: true } } },
});
