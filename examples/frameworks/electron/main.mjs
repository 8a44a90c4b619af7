// Electron's main process: a first import that starts the telemetry, and an end that waits for it.
import { start } from "tachymeter";
import { app, BrowserWindow, ipcMain } from "electron";

const telemetry = start({ serviceName: "desk", readers: ["prometheus", "otlp"] });
const saved = telemetry.meterProvider
  .getMeter("desk")
  .createCounter("documents.saved", { unit: "{document}" });
ipcMain.handle("save", () => saved.add(1)); // of a renderer: ipcRenderer.invoke("save")

app.on("window-all-closed", () => app.quit());
app.on("will-quit", (event) => {
  event.preventDefault(); // Electron waits for no promise
  telemetry.shutdown().then(
    () => app.exit(),
    () => app.exit(1),
  );
});

await app.whenReady();
await new BrowserWindow().loadURL("data:text/html,<h1>desk</h1>");
