import { beforeAll, expect, test } from "vitest";
import { application, packedProject } from "../kit/packed-project.ts";
import { runNode } from "../kit/process.ts";

beforeAll(packedProject);

test("diagnostics without a reader do not end the application, whose standard error is unchanged", async () => {
  const cwd = await application({
    "app.mjs": `import { diag } from "@opentelemetry/api";
      setTimeout(() => { diag.warn("nobody reads this"); diag.error("nor this"); }, 500);
      setTimeout(() => console.log("alive, listeners:", process.stderr.listenerCount("error")), 700);`,
  });
  const child = runNode({
    cwd,
    command: "bash",
    args: ["-c", `"${process.execPath}" --import tachymeter/register app.mjs 2> >(true)`],
    env: { OTEL_METRICS_EXPORTER: "none" },
  });
  expect(await child.exit).toEqual({ code: 0, signal: null });
  expect(child.stdout).toBe("alive, listeners: 0\n");
});

test("a start after a shutdown has its own log level", async () => {
  const cwd = await application({
    "app.mjs": `import { diag } from "@opentelemetry/api";
      import { start } from "tachymeter";
      const first = start({ readers: [], group: false });
      first.logLevel = "none";
      diag.warn("not wanted");
      await first.shutdown();
      start({ readers: [], group: false });
      diag.warn("wanted");`,
  });
  const child = runNode({ cwd, args: ["app.mjs"] });
  await child.exit;
  expect(child.stderr).toBe("tachymeter warning: wanted\n");
});

test("the same diagnostic is written once a minute, a different one is written at once", async () => {
  const cwd = await application({
    "app.mjs": `import { diag } from "@opentelemetry/api";
      for (let attempt = 1; attempt <= 3; attempt++) diag.warn("attempt failed");
      diag.warn("latency.p50 failed");
      diag.warn("latency.p99 failed");
      diag.warn("something else");
      diag.debug("below the level");`,
  });
  const child = runNode({
    cwd,
    args: ["--import", "tachymeter/register", "app.mjs"],
    env: { OTEL_METRICS_EXPORTER: "none" },
  });
  await child.exit;
  expect(child.stderr).toBe(
    ["attempt failed", "latency.p50 failed", "latency.p99 failed", "something else"]
      .map((message) => `tachymeter warning: ${message}\n`)
      .join(""),
  );
});
