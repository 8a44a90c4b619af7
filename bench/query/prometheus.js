// The real Prometheus 3, filled by remote write.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { remoteWrite } from "../../test/kit/write-request.js";

const program = join(import.meta.dirname, "../../.cache/servers/prometheus/usr/bin/prometheus");

/** Passes the URL of a Prometheus with the series to `use`, and ends it after that. */
export async function withPrometheus(series, use) {
  const folder = mkdtempSync(join(tmpdir(), "tachymeter-bench-"));
  writeFileSync(join(folder, "prometheus.yml"), "{}");
  const port = await freePort();
  const server = spawn(
    program,
    [
      "--config.file=prometheus.yml",
      "--storage.tsdb.path=data",
      `--web.listen-address=127.0.0.1:${port}`,
      "--web.enable-remote-write-receiver",
      "--enable-feature=native-histograms",
    ],
    { cwd: folder, stdio: ["ignore", "ignore", "pipe"] },
  );
  const ended = once(server, "exit");
  try {
    await ready(server);
    const url = `http://127.0.0.1:${port}`;
    await remoteWrite(url, series);
    return await use(url);
  } finally {
    server.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Asks for an expression; returns the milliseconds that the engine took, by its statistics, and the result. */
export async function asked(url, path, parameters) {
  const body = new URLSearchParams({ ...parameters, stats: "all" });
  const response = await fetch(`${url}/api/v1/${path}`, { method: "POST", body });
  const { status, error, data } = await response.json();
  if (status !== "success") throw new Error(error);
  return { millis: data.stats.timings.execTotalTime * 1_000, result: data.result };
}

// Its output is read until its end: without a reader it would end.
function ready(server) {
  return new Promise((resolve, reject) => {
    let output = "";
    server.stderr.setEncoding("utf8").on("data", (chunk) => {
      output += chunk;
      if (output.includes("Server is ready to receive web requests")) resolve();
    });
    server.once("exit", () => reject(new Error(output)));
  });
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
