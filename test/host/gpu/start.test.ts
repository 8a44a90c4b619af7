// The packed package with a program in the place of nvidia-smi.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import { application, packedProject } from "../../kit/packed-project.ts";
import { runNode } from "../../kit/process.ts";
import { waitMillis } from "../../kit/test-length.ts";
import { fakeNvidiaSmi } from "./fake-nvidia-smi.ts";
import { RTX_2080 } from "./recorded.ts";

beforeAll(packedProject);
beforeEach((context) => context.skip(process.platform === "win32", "the program is a script with #!"));

const APP = `import { running } from "tachymeter";
  const keys = async () => Object.keys((await running().snapshot()).metrics);
  let key;
  do {
    await new Promise((resolve) => setTimeout(resolve, 50));
    key = (await keys()).find((each) => each.startsWith("hw_gpu_memory_usage_bytes"));
  } while (key === undefined);
  console.log("found", key, "commands", (await keys()).filter((each) => each.startsWith("commands_")));`;

async function started(program: string, env: Readonly<Record<string, string>> = {}) {
  const gpu = fakeNvidiaSmi({ gpus: [RTX_2080], intervalMillis: 200 });
  const cwd = await application({ "app.mjs": program });
  const child = runNode({
    cwd,
    args: ["--import", "tachymeter/register", "app.mjs"],
    env: {
      OTEL_METRICS_EXPORTER: "none",
      TACHYMETER_GPU: "true",
      SECRET: "hidden",
      PATH: `${gpu.folder}:${process.env["PATH"] ?? ""}`,
      ...env,
    },
  });
  return { gpu, child };
}

async function ended(pids: readonly number[]): Promise<void> {
  for (const pid of pids)
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"), { timeout: waitMillis });
}

test("with TACHYMETER_GPU the figures are exported, and the application ends by itself", async () => {
  const { gpu, child } = await started(APP);
  expect(await child.exit).toEqual({ code: 0, signal: null });
  expect(child.stdout).toContain(`hw_id="${RTX_2080["uuid"]}"`);
  // They are not the application's commands.
  expect(child.stdout).toContain("commands []");
  const starts = gpu.starts();
  expect(gpu.queries()).toHaveLength(1);
  expect(starts.length).toBeLessThan(3);
  expect(JSON.stringify(starts)).not.toContain("hidden");
  await ended(starts.map(({ pid }) => pid));
});

test("the programs end if the application is killed", async () => {
  const { gpu, child } = await started(`${APP} setInterval(() => {}, 1000);`);
  await child.waitForOutput(/found/);
  // Their next output fails.
  const queries = gpu.queries();
  child.kill("SIGKILL");
  expect(await child.exit).toEqual({ code: null, signal: "SIGKILL" });
  await ended(queries.map(({ pid }) => pid));
});

test("without the option nothing is started and no code is loaded", async () => {
  const { gpu, child } = await started("console.log('done')", {
    TACHYMETER_GPU: "false",
    NODE_DEBUG: "module",
  });
  expect(await child.exit).toEqual({ code: 0, signal: null });
  expect(child.stderr).not.toContain("dist/gpu.js");
  expect(gpu.starts()).toEqual([]);
});

test("tachymeter/gpu works on its own, with a program by its path", async () => {
  const gpu = fakeNvidiaSmi({ gpus: [RTX_2080] });
  const cwd = await application({});
  writeFileSync(
    join(cwd, "app.mjs"),
    `import { GpuMetrics } from "tachymeter/gpu";
     import { createTestTelemetry } from "tachymeter/testing";
     const { meterProvider, collect } = createTestTelemetry();
     const gpus = new GpuMetrics({ meterProvider, command: ${JSON.stringify(gpu.command)} });
     gpus.start();
     gpus.start();
     for (let names = []; !names.includes("hw.gpu.utilization"); names = (await collect()).map(({ name }) => name))
       await new Promise((resolve) => setTimeout(resolve, 50));
     gpus.stop();
     console.log((await collect()).filter(({ name }) => name.startsWith("hw.")).length);
     try { new GpuMetrics({ command: 1 }); } catch ({ code, message }) { console.log(code, message); }`,
  );
  const child = runNode({ cwd, args: ["app.mjs"] });
  expect(await child.exit).toEqual({ code: 0, signal: null });
  expect(child.stdout).toContain("0\nTACHYMETER_CONFIGURATION");
  expect(gpu.queries()).toHaveLength(1);
});

test("an application without free file descriptors goes on, and the programs start later", async () => {
  const gpu = fakeNvidiaSmi({ gpus: [RTX_2080] });
  const cwd = await application({});
  const program = `
    import { closeSync, openSync } from "node:fs";
    import { GpuMetrics } from "tachymeter/gpu";
    import { createTestTelemetry } from "tachymeter/testing";
    const { meterProvider } = createTestTelemetry();
    const opened = [];
    try {
      for (;;) opened.push(openSync("/dev/null"));
    } catch {}
    new GpuMetrics({ meterProvider, command: ${JSON.stringify(gpu.command)} }).start();
    setTimeout(() => {
      for (const each of opened) closeSync(each);
      console.log("lives");
    }, 300);
    setInterval(() => {}, 1_000);`;
  writeFileSync(join(cwd, "app.mjs"), program);
  const child = runNode({
    cwd,
    command: "bash",
    args: ["-c", 'ulimit -n 64 && exec "$@"', "bash", process.execPath, "app.mjs"],
  });
  await child.waitForOutput(/lives/);
  await vi.waitFor(() => expect(gpu.queries().length).toBeGreaterThan(0), { timeout: waitMillis });
});
