import { beforeAll, expect, test } from "vitest";
import { application, packedModules } from "../../kit/packed-project.ts";
import { outputOf, type RunningProcess, runNode } from "../../kit/process.ts";

beforeAll(packedModules);

const modules = "tachymeter-modules/src/group/threads";
const quiet = {
  OTEL_METRICS_EXPORTER: "none",
  TACHYMETER_HOST: "false",
  TACHYMETER_RUNTIME: "false",
  // The programs accept threads themselves.
  TACHYMETER_GROUP: "false",
};

// A main thread that accepts threads, and prints what they send to it.
const main = `
  import { getEnvironmentData, setEnvironmentData, Worker } from "node:worker_threads";
  import { acceptThreads } from "${modules}/accept-threads.js";
  const links = [];
  const accepted = acceptThreads({ interval: 1 }, (link) => links.push(link));
  const file = new URL("./worker.mjs", import.meta.url);
  const start = (program, options) => {
    const worker = new Worker(program, options);
    worker.on("message", (message) => console.log(message));
    return new Promise((resolve) => worker.on("exit", resolve));
  };
  process.on("exit", () => console.log("joined", links.length));
`;

async function run(program: string, worker: string, ...args: readonly string[]): Promise<RunningProcess> {
  const cwd = await application({
    "app.mjs": main + program,
    "worker.mjs": `import { parentPort } from "node:worker_threads"; const say = (text) => parentPort.postMessage(text); ${worker}`,
  });
  const child = runNode({ cwd, args: [...args, "app.mjs"], env: quiet });
  await child.exit;
  return child;
}

const register = ["--import", "tachymeter/register"];

test("a thread with register has the group's meters, and ends by itself", async () => {
  const child = await run(
    `await start(file, { resourceLimits: { maxOldGenerationSizeMb: 32, stackSizeMb: 2 } });`,
    `import { metrics } from "@opentelemetry/api";
    metrics.getMeter("shop").createCounter("orders").add(1);
    say(metrics.getMeter("shop").constructor.name);`,
    ...register,
  );
  expect(await outputOf(child)).toBe("Meter\njoined 1\n");
  expect(child.stderr).toBe("");
});

test("running() and start() return the thread's own Tachymeter, without readers", async () => {
  const child = await run(
    `await start(file);`,
    `import { metrics } from "@opentelemetry/api";
    import { running, start } from "tachymeter";
    const telemetry = running();
    telemetry.messaging.sent("jobs");
    await telemetry.ready;
    say([start() === telemetry, telemetry.meterProvider === metrics.getMeterProvider(), telemetry.prometheusUrl].join());
    await telemetry.shutdown();
    const again = start({ serviceName: "other", readers: ["prometheus"], history: true });
    await again.ready;
    say([again.meterProvider === telemetry.meterProvider, again.prometheusUrl, again.history].join());`,
    ...register,
  );
  expect(await outputOf(child)).toBe("true,true,\ntrue,,\njoined 1\n");
  expect(child.stderr).toBe("");
});

test("a thread without register joins if it calls start(); otherwise it does not, which is logged once", async () => {
  const child = await run(
    `for (let i = 0; i < 2; i++) await start(file, { execArgv: [] });
    await start(file, { execArgv: [], argv: ["start"] });`,
    `import { running, start } from "tachymeter";
    if (process.argv[2] === "start") say(start({ readers: ["prometheus"] }) === running());
    else say(running());`,
    ...register,
  );
  expect(await outputOf(child)).toBe("undefined\nundefined\ntrue\njoined 1\n");
  expect(child.stderr.match(/.+/g)).toEqual([
    "tachymeter info: group: worker thread 1 ended without joining, so its measurements are not included; load tachymeter/register by --require in its execArgv, or call start() there",
  ]);
});

test("a worker made of a text joins if register is loaded by --require", async () => {
  const text = `require("node:worker_threads").parentPort.postMessage(require("@opentelemetry/api").metrics.getMeter('shop').constructor.name)`;
  const child = await run(
    `await start(${JSON.stringify(text)}, { eval: true });`,
    "",
    "--require",
    "tachymeter/register",
  );
  expect(await outputOf(child)).toBe("Meter\njoined 1\n");
});

test("threads of another version of the package do not join, which is logged once", async () => {
  const child = await run(
    `setEnvironmentData("tachymeter/group", { ...getEnvironmentData("tachymeter/group"), version: "0.0.1" });
    await Promise.all([start(file), start(file)]);`,
    "",
    ...register,
  );
  expect(await outputOf(child)).toBe("joined 0\n");
  expect(child.stderr.match(/tachymeter warning: .*/g)).toEqual([
    expect.stringMatching(
      /^tachymeter warning: group: a worker thread loads tachymeter \S+, but the main thread runs 0\.0\.1, so its measurements are not included; install one version only$/,
    ),
  ]);
});

test("a thread that is started after the main thread has stopped does not join", async () => {
  const child = await run(`accepted.stop(); await start(file);`, "", ...register);
  expect(await outputOf(child)).toBe("joined 0\n");
});

test.each([
  ["piscina", "new Piscina({ filename, minThreads: 2, maxThreads: 2 })", "Piscina"],
  ["tinypool", "new Tinypool({ filename, minThreads: 2, maxThreads: 2 })", "Tinypool"],
])("figures of idle threads of %s are read without asking them", async (library, pool, name) => {
  const cwd = await application(
    {
      "app.mjs": `
        import { fileURLToPath } from "node:url";
        import { ${name} } from "${library}";
        import { acceptThreads } from "${modules}/accept-threads.js";
        const links = [];
        let ended = 0;
        const accepted = acceptThreads({}, (link) => {
          links.push(link);
          link.onEnd(() => ended++);
        });
        const filename = fileURLToPath(new URL("./task.cjs", import.meta.url));
        const pool = ${pool};
        for (let i = 0; i < 20; i++) await pool.run(i);
        // As a collection does: the main thread may be busy when they join.
        accepted.refresh();
        const found = links.flatMap((link) => link.drain());
        console.log(found.length, found.reduce((sum, each) => sum + each, 0));
        for (const link of links) for (let i = 0; i < 10; i++) link.ask();
        await pool.destroy();
        console.log(links.length > 0 && ended === links.length);`,
      // Both libraries require it. An ES module would abort the process if the pool were destroyed meanwhile.
      "task.cjs": `
        const host = import("${modules}/join-main-thread.js").then(({ joinMainThread }) => joinMainThread());
        module.exports = async (value) => (await host).post(value);`,
    },
    { libraries: true },
  );
  expect(await outputOf(runNode({ cwd, args: ["app.mjs"] }))).toBe("20 190\ntrue\n");
});
