import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { application, packedProject } from "../../kit/packed-project.ts";
import { outputOf, runNode } from "../../kit/process.ts";

beforeAll(packedProject);

const quiet = { OTEL_METRICS_EXPORTER: "none", TACHYMETER_HOST: "false", TACHYMETER_RUNTIME: "false" };
const provider = `require("@opentelemetry/api").metrics.getMeterProvider().constructor.name`;

// Prints what each thread posts first, or the message of its error.
const main = `
  import { once } from "node:events";
  import { fileURLToPath } from "node:url";
  import workerThreads, { Worker } from "node:worker_threads";
  const file = fileURLToPath(new URL("./worker.cjs", import.meta.url));
  const own = new Worker("0", { eval: true, execArgv: [] }).constructor === Worker;
  const run = async (code, options) => {
    const worker = new Worker(code, options);
    const [message] = await once(worker, "message");
    console.log(message);
  };
  const text = (expression) => \`require("node:worker_threads").parentPort.postMessage(\${expression})\`;
`;

async function outputWith(program: string, ...args: readonly string[]): Promise<string> {
  const cwd = await application({
    "app.mjs": main + program,
    "worker.cjs": `require("node:worker_threads").parentPort.postMessage(${provider})`,
  });
  return outputOf(runNode({ cwd, args: [...args, "app.mjs"], env: quiet }));
}

const joined = /^\w*MeterProvider$/;

test("threads made of a string join, with their own flags and lines", async () => {
  const output = await outputWith(
    `
    const provider = text(${JSON.stringify(provider)});
    await run(provider, { eval: true });
    await run(provider, { eval: true, execArgv: ["--no-warnings", "--import", "tachymeter/register"] });
    await run(text("new Error().stack.split('\\\\n')[1].trim()"), { eval: true });
    await run("'use strict'; " + text("(function () { return this === undefined; })()"), { eval: true });
    const nested = "new (require('node:worker_threads').Worker)(" + JSON.stringify(provider) + ", { eval: true })" +
      ".once('message', (name) => require('node:worker_threads').parentPort.postMessage(name))";
    await run(nested, { eval: true });
    `,
    "--expose-gc",
    "--import",
    "tachymeter/register",
  );
  expect(output.trimEnd().split("\n")).toEqual([
    expect.stringMatching(joined),
    expect.stringMatching(joined),
    expect.stringMatching(/\[worker eval\]:1:\d+/),
    "true",
    expect.stringMatching(joined),
  ]);
});

test("under --import, a thread of a file requires no ES module of the package, which could abort the process", async () => {
  const cwd = await application({
    "app.mjs": `${main}
      await run(file);
      await run(file, { execArgv: ["--no-warnings", "--import", "tachymeter/register"] });`,
    "worker.cjs": `
      const isJoined = ${joined}.test(${provider});
      const own = Object.keys(require.cache).filter((file) => /tachymeter.dist/.test(file));
      require("node:worker_threads").parentPort.postMessage(\`\${isJoined} \${own.length}\`);`,
  });
  const args = ["--import", "tachymeter/register", "app.mjs"];
  expect(await outputOf(runNode({ cwd, args, env: quiet }))).toBe("true 0\ntrue 0\n");
});

test("the class Worker keeps its name, instances and subclasses", async () => {
  const output = await outputWith(
    `
    class Named extends Worker { get kind() { return "named"; } }
    const named = new Named(text(${JSON.stringify(provider)}), { eval: true });
    const [name] = await once(named, "message");
    console.log(name, Worker.name, Worker.length, own, named.kind, named.constructor === Named);
    console.log(named instanceof Named, named instanceof Worker, workerThreads.Worker === Worker);
    for (const args of [[], [file, null], [file, { execArgv: "x" }], [file, { execArgv: ["--title", "x"] }]])
      try { new Worker(...args); } catch (error) { console.log(error.code ?? error.name); }
    `,
    "--import",
    "tachymeter/register",
  );
  expect(output).toMatch(/^\w*MeterProvider Worker 1 true named true\ntrue true true\n/);
  const plain = await outputWith(`
    for (const args of [[], [file, null], [file, { execArgv: "x" }], [file, { execArgv: ["--title", "x"] }]])
      try { new Worker(...args); } catch (error) { console.log(error.code ?? error.name); }`);
  expect(output.split("\n").slice(2).join("\n")).toBe(plain);
});

test("threads of a program that calls start() join, but not those with flags of their own", async () => {
  const output = await outputWith(`
    import { start } from "tachymeter";
    const telemetry = start();
    await run(file);
    await run(file, { execArgv: [] });
    await run(text(${JSON.stringify(provider)}), { eval: true });
    await run(text(${JSON.stringify(provider)}), { eval: true, execArgv: ["--no-warnings"] });
    await telemetry.shutdown();
    await run(file);
  `);
  const names = output.trimEnd().split("\n");
  expect(names.map((name) => name !== "NoopMeterProvider")).toEqual([true, false, true, false, false]);
});

test("options of Worker are read as without Tachymeter: inherited ones, private ones, and those of proxies", async () => {
  const program = `
    class Options {
      #name = "private";
      get eval() { return true; }
      get workerData() { return this.#name; }
    }
    const data = text("require('node:worker_threads').workerData");
    await run(data, new Options());
    await run(data, Object.create({ eval: true, workerData: "inherited" }));
    await run(data, Object.defineProperty({ eval: true }, "workerData", { value: "hidden" }));
    await run(data, Object.freeze({ eval: true, workerData: "frozen", execArgv: undefined }));
    await run(data, new Proxy({}, { get: (_, key) => ({ eval: true, workerData: "proxied" })[key] }));
    await run(data, new Proxy({ eval: true, workerData: "copied" }, {}));
    await run(data, new Proxy({ eval: true, workerData: "kept" }, { ownKeys() { throw new Error("no keys"); } }));
    await run(data, { eval: true, workerData: "flags", execArgv: new Proxy(["--no-warnings"], {}) });
    const refused = [
      { get execArgv() { throw new Error("no flags"); } },
      { eval: true, workerData: new Proxy({}, {}) },
    ];
    for (const options of refused)
      try { new Worker("0", options); } catch ({ name, message }) { console.log(name, message); }
  `;
  const output = await outputWith(program, "--import", "tachymeter/register");
  expect(output).toMatch(
    /^private\ninherited\nhidden\nfrozen\nproxied\ncopied\nkept\nflags\nError no flags\nData/,
  );
  expect(output).toBe(await outputWith(program));
});

test("a Worker that throws is constructed once", async () => {
  const output = await outputWith(`
    import { start } from "tachymeter";
    let calls = 0;
    workerThreads.Worker = class extends Worker {
      constructor(...args) {
        calls++;
        super(...args);
        throw new Error("thrown after the start");
      }
    };
    const telemetry = start();
    const options = { eval: true };
    try { new workerThreads.Worker("0", options); } catch ({ message }) { console.log(calls, message); }
    await telemetry.shutdown();
  `);
  expect(output).toBe("1 thrown after the start\n");
});

test("threads start if options of Tachymeter cannot be copied; without those, or without joining", async () => {
  const cwd = await application({
    "app.mjs": `${main}
      import { start } from "tachymeter";
      const proxy = (value) => new Proxy(value, {});
      const http = { ignore: proxy([]), list: [{ nested: proxy({}) }], port: 80 };
      start({ instrumentations: { otel: ["http"], http } });
      await run(file);
    `,
    "views.mjs": `${main}
      import { start } from "tachymeter";
      const boundaries = new Proxy([1, 2], {});
      start({ views: [{ instrumentName: "a", aggregation: { type: 4, options: { boundaries } } }] });
      await run(file);
    `,
    "worker.cjs": `require("node:worker_threads").parentPort.postMessage(${provider})`,
  });
  const app = runNode({ cwd, args: ["app.mjs"], env: quiet });
  expect(await outputOf(app)).toBe("ThreadMeterProvider\n");
  const views = runNode({ cwd, args: ["views.mjs"], env: quiet });
  expect(await outputOf(views)).toBe("NoopMeterProvider\n");
  expect(views.stderr).toMatch(
    /worker threads are not included, since a view or reader option cannot be copied/,
  );
});

// Prints the flags and heaps of a thread, of a nested thread, and of the processes that they fork.
const flags = `
  const { Worker, isMainThread, parentPort, workerData } = require("node:worker_threads");
  const { heap_size_limit } = require("node:v8").getHeapStatistics();
  const facts = { flags: process.execArgv, gc: typeof gc, heap: heap_size_limit, preloaded: globalThis.preloaded };
  const tell = (found) => (isMainThread ? console.log(JSON.stringify(found)) : parentPort.postMessage(found));
  if (process.send) process.send(facts, () => process.disconnect());
  else {
    const depth = isMainThread ? 0 : workerData;
    if (!isMainThread) {
      tell(["thread", depth, facts, ${provider} !== "NoopMeterProvider"]);
      require("node:child_process").fork(process.env.FILE).on("message", (found) => tell(["child", depth, found]));
    }
    if (depth < 2) new Worker(process.env.FILE, { workerData: depth + 1 }).on("message", tell);
  }`;

const ofProcess = ["--max-old-space-size=512", "--expose-gc", "--title", "shop", "--stack-trace-limit=5"];
const ofThread = [
  "--import",
  "./preload.mjs",
  "--conditions=x",
  "-C",
  "y",
  "--no-warnings",
  "--enable-source-maps",
];
const kinds: readonly (readonly string[])[] = [
  [...ofProcess, "--require", "./preload.cjs", ...ofThread],
  ["-r", "./preload.cjs", "-e", `require("./flags.cjs")`],
  ["--input-type=module", "-e", `import "./flags.cjs"`],
];

test.each(kinds.map((kind) => [kind.join(" "), kind] as const))(
  "threads and the processes that they fork have the flags of the main thread: %s",
  async (_, kind) => {
    const cwd = await application({
      "flags.cjs": flags,
      "preload.cjs": "globalThis.preloaded = (globalThis.preloaded ?? 0) + 1;",
      "preload.mjs": "globalThis.preloaded = (globalThis.preloaded ?? 0) + 10;",
    });
    const program = kind.includes("-e") ? [] : ["flags.cjs"];
    const output = async (register: readonly string[]): Promise<readonly string[]> => {
      const child = runNode({
        cwd,
        args: [...register, ...kind, ...program],
        env: { ...quiet, FILE: join(cwd, "flags.cjs") },
      });
      return (await outputOf(child)).trimEnd().split("\n").toSorted();
    };
    const [bare, ours] = await Promise.all([output([]), output(["--import", "tachymeter/register"])]);
    const comparable = ours.map((line) =>
      line.replace(/"--import","tachymeter\/register",?/, "").replace(",true]", ",false]"),
    );
    // Node.js itself refuses a file with `--import` and `--input-type`.
    const hasChildren = !kind.includes("--input-type=module");
    expect(comparable).toEqual(bare.filter((line) => hasChildren || !line.startsWith(`["child"`)));
    // Both threads have joined.
    expect(ours.filter((line) => line.endsWith(",true]"))).toHaveLength(2);
  },
);
