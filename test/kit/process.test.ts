import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { type ProcessExit, freePort, outputOf, runNode, scrape } from "./process.ts";
import { newFolder } from "./new-folder.ts";

const cwd = import.meta.dirname;

test("a process's output and exit code are collected", async () => {
  const child = runNode({
    cwd,
    args: ["-e", "console.log('out'); console.error('err'); process.exitCode = 3"],
  });
  expect(await child.exit).toEqual({ code: 3, signal: null });
  expect(child.stdout).toBe("out\n");
  expect(child.stderr).toBe("err\n");
});

test("waiting for output returns the match, in either stream and also if it was written before", async () => {
  const child = runNode({ cwd, args: ["-e", "console.error('port 17'); setInterval(() => {}, 1000)"] });
  expect((await child.waitForOutput(/port (\d+)/))[1]).toBe("17");
  expect((await child.waitForOutput(/port (\d+)/))[1]).toBe("17");
  child.kill();
  expect(await child.exit).toEqual({ code: null, signal: "SIGTERM" });
});

test("waiting for output that never comes ends with the process", async () => {
  const child = runNode({ cwd, args: ["-e", "console.log('other')"] });
  await expect(child.waitForOutput(/wanted/)).rejects.toThrow(
    /ended without writing \/wanted\/\n--- stdout\nother/,
  );
});

test("a program that does not exist ends at once with an error", async () => {
  const child = runNode({ cwd, command: "./no-such-program", args: [] });
  expect(await child.exit).toEqual({ code: null, signal: null });
  expect(child.stderr).toContain("ENOENT");
});

test("a child has only the telemetry variables that are passed to it", async () => {
  process.env["OTEL_SERVICE_NAME"] = "the test's own";
  const script =
    "console.log(process.env.OTEL_SERVICE_NAME, process.env.OTEL_LOG_LEVEL, process.env.NODE_ENV)";
  const child = runNode({ cwd, args: ["-e", script], env: { OTEL_LOG_LEVEL: "debug" } });
  await child.exit;
  delete process.env["OTEL_SERVICE_NAME"];
  expect(child.stdout).toBe("undefined debug undefined\n");
});

test.runIf(process.platform !== "win32")(
  "a shell runs only its command, in any environment of the tests",
  async () => {
    const home = newFolder("home");
    for (const name of [".bashrc", "env"]) writeFileSync(join(home, name), `echo ${name}\n`);
    vi.stubEnv("SHLVL", undefined);
    vi.stubEnv("BASH_ENV", join(home, "env"));
    onTestFinished(() => void vi.unstubAllEnvs());
    const child = runNode({ cwd, command: "bash", args: ["-c", "echo told"], env: { HOME: home } });
    expect(await outputOf(child)).toBe("told\n");
  },
);

test("a process that a test leaves running is killed with its descendants", async () => {
  // The grandchild holds its parent's pipe: only when it is gone too is the output complete.
  const script = `const { spawn } = require("node:child_process");
    spawn(process.execPath, ["-e", "console.log('grandchild'); setInterval(() => {}, 1000)"], { stdio: "inherit" });`;
  const exits: Promise<ProcessExit>[] = [];
  onTestFinished(async () => {
    expect(await Promise.all(exits)).toEqual([{ code: null, signal: "SIGKILL" }]);
  });
  const child = runNode({ cwd, args: ["-e", script] });
  exits.push(child.exit);
  await child.waitForOutput(/grandchild/);
});

test("a scrape returns the body of a 200 and throws for any other response", async () => {
  const port = await freePort();
  const script = `require("node:http").createServer((request, response) => {
    response.statusCode = request.url === "/metrics" ? 200 : 404;
    response.end("at " + request.url);
  }).listen(${port}, "127.0.0.1", () => console.log("listening"))`;
  const child = runNode({ cwd, args: ["-e", script] });
  await child.waitForOutput(/listening/);
  expect(await scrape(`http://127.0.0.1:${port}/metrics`)).toBe("at /metrics");
  await expect(scrape(`http://127.0.0.1:${port}/`)).rejects.toThrow("answered 404: at /");
});
