import { beforeAll, expect, test } from "vitest";
import { application, packedModules } from "../../kit/packed-project.ts";
import { outputOf, runNode } from "../../kit/process.ts";

beforeAll(packedModules);

const modules = "tachymeter-modules/src/group/threads";

// The main thread of a program. `report()` prints, for each thread that has joined, its messages and its end.
const main = `
  import { once } from "node:events";
  import { Worker } from "node:worker_threads";
  import { acceptThreads } from "${modules}/accept-threads.js";
  const links = [];
  const accepted = acceptThreads({ interval: 1 }, (link) => {
    links.push({ link, messages: [], ends: 0 });
    const entry = links.at(-1);
    link.onEnd(() => entry.ends++);
  });
  const drain = () => {
    accepted.refresh();
    for (const { link, messages } of links) messages.push(...link.drain());
  };
  const report = () => {
    drain();
    const lines = links.map(({ messages, ends }) => messages.join(" ") + (ends === 0 ? "" : ends === 1 ? " ended" : " ended often"));
    console.log(lines.toSorted().join("\\n"));
  };
  const until = async (condition) => {
    for (drain(); !condition(); drain()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const start = (program, options = {}) => new Worker(program, { ...options, eval: true });
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const raised = (count) => { while (Atomics.load(flag, 0) < count); };
`;
const member = `
  const { threadId, Worker, workerData: flag } = require("node:worker_threads");
  const { joinMainThread } = require("${modules}/join-main-thread.js");
  const host = joinMainThread();
  const raise = () => Atomics.add(flag, 0, 1);
`;
const stay = `setInterval(() => {}, 1000);`;
// For a worker that a worker starts.
const nested = (program: string): string =>
  `new Worker(${JSON.stringify(member + program)}, { eval: true, workerData: flag });`;

async function outputFor(program: string, ...args: readonly string[]): Promise<string> {
  const cwd = await application({ "app.mjs": main + program });
  return outputOf(runNode({ cwd, args: [...args, "app.mjs"] }));
}

function inWorker(program: string, options = ""): string {
  return `start(${JSON.stringify(member + program)}, { workerData: flag, ${options} })`;
}

test("a worker receives the configuration, and its messages arrive in order", async () => {
  const output = await outputFor(`
    const worker = ${inWorker(`host.post(host.configuration.interval); for (let i = 2; i <= 5; i++) host.post(i);`)};
    await once(worker, "exit");
    report();
  `);
  expect(output).toBe("1 2 3 4 5 ended\n");
});

test("messages of a worker that ends while the main thread is blocked arrive", async () => {
  const output = await outputFor(`
    const workers = [1, 2, 3, 4, 5, 6, 7, 8].map((i) => ${inWorker(`host.post("a"); host.post(new Int32Array(new SharedArrayBuffer(8)).length); raise();`)});
    raised(8);
    // Without an event loop.
    report();
    await Promise.all(workers.map((worker) => once(worker, "exit")));
    report();
  `);
  expect(output).toBe(`${"a 2\n".repeat(8)}${"a 2 ended\n".repeat(8)}`);
});

test("messages sent before terminate() or an exception arrive, and the end is reported once", async () => {
  const output = await outputFor(`
    const busy = ${inWorker(`host.post("busy"); raise(); for (;;);`)};
    const waiting = ${inWorker(`host.post("waiting"); raise(); Atomics.wait(flag, 0, Infinity);`)};
    const throwing = ${inWorker(`host.post("throwing"); raise(); throw new Error("on purpose");`)};
    throwing.on("error", () => {});
    raised(3);
    await Promise.all([busy.terminate(), waiting.terminate(), new Promise((resolve) => throwing.on("exit", resolve))]);
    report();
  `);
  expect(output).toBe("busy ended\nthrowing ended\nwaiting ended\n");
});

test("the end of a worker whose listeners the application removes is found", async () => {
  const output = await outputFor(`
    const worker = ${inWorker(`host.post("x"); ${stay}`)};
    await until(() => links[0]?.messages.length === 1);
    worker.removeAllListeners();
    await worker.terminate();
    report();
  `);
  expect(output).toBe("x ended\n");
});

test("nested workers join while the main thread is blocked, and their own ends are reported", async () => {
  const output = await outputFor(`
    const outer = ${inWorker(`
      host.post("outer"); raise();
      const first = ${nested(`host.post("first"); raise(); ${stay}`)}
      ${nested(`host.post("second"); raise(); ${nested(`host.post("third"); raise(); ${stay}`)} ${stay}`)}
      host.onAsk(() => first.terminate());
      ${stay}`)};
    raised(4);
    report();
    links.find(({ messages }) => messages.includes("outer")).link.ask();
    await until(() => links.some(({ ends }) => ends > 0));
    report();
    await outer.terminate();
    report();
  `);
  expect(output).toBe(
    [
      "first\nouter\nsecond\nthird\n",
      "first ended\nouter\nsecond\nthird\n",
      "first ended\nouter ended\nsecond ended\nthird ended\n",
    ].join(""),
  );
});

test("more nested workers than there are free slots join once the main thread continues", async () => {
  const output = await outputFor(`
    const outer = ${inWorker(`for (let i = 0; i < 20; i++) ${nested(`host.post("nested"); raise(); ${stay}`)} ${stay}`)};
    raised(20);
    await until(() => links.flatMap(({ messages }) => messages).length === 20);
    await outer.terminate();
    report();
  `);
  expect(output).toBe(` ended\n${"nested ended\n".repeat(20)}`);
});

test("a worker that waits for a slot keeps its newest facts only", async () => {
  const output = await outputFor(`
    const outer = ${inWorker(`for (let i = 0; i < 20; i++) ${nested(`for (const facts of ["older", "newest"]) host.post({ kind: "facts", facts }); host.post("nested"); raise(); ${stay}`)} ${stay}`)};
    raised(20);
    await until(() => links.flatMap(({ messages }) => messages).filter((each) => each === "nested").length === 20);
    await outer.terminate();
    const facts = links.flatMap(({ messages }) => messages.flatMap((each) => each.facts ?? []));
    const count = (text) => facts.filter((each) => each === text).length;
    console.log(count("older"), count("newest"));
  `);
  // Four have a slot at once.
  expect(output).toBe("4 20\n");
});

test("a thread without an event loop stores at most one request for its figures", async () => {
  const output = await outputFor(`
    const worker = ${inWorker(`let asked = 0; host.onAsk(() => host.post("asked " + ++asked)); host.post("joined"); raise(); while (Atomics.load(flag, 0) < 2) Atomics.wait(flag, 0, 1); ${stay}`)};
    await until(() => links.length === 1);
    for (let i = 0; i < 100; i++) links[0].link.ask();
    Atomics.add(flag, 0, 1);
    Atomics.notify(flag, 0);
    await until(() => links[0].messages.includes("asked 1"));
    links[0].link.ask();
    await until(() => links[0].messages.includes("asked 2"));
    await worker.terminate();
    report();
  `);
  expect(output).toBe("joined asked 1 asked 2 ended\n");
});

test("slots of ended threads are used again", async () => {
  const output = await outputFor(`
    for (let i = 0; i < 10; i++) {
      await Promise.all([1, 2, 3].map(() => once(${inWorker(`host.post("x");`, "stdout: true")}, "exit")));
    }
    drain();
    console.log(links.length, links.every(({ messages, ends }) => messages.length === 1 && ends === 1));
  `);
  expect(output).toBe("30 true\n");
});
