// Listeners of ours on objects of the application: each has room beside those of the application.
import { beforeAll, expect, test } from "vitest";
import { application, packedProject } from "../kit/packed-project.ts";
import { outputOf, runNode } from "../kit/process.ts";

beforeAll(packedProject);

interface Noted {
  readonly max: number;
  readonly counts: Readonly<Record<string, number>>;
}

// Notes the listeners of each object, and adds as many as Node.js allows beside its own.
const program = `
  import { once } from "node:events";
  import { createServer, get } from "node:http";
  import { Worker } from "node:worker_threads";
  const noted = {};
  const note = (name, emitter, number = 0, ...events) => {
    const counts = emitter.eventNames().map((event) => [String(event), emitter.listenerCount(event)]);
    noted[name] = { max: emitter.getMaxListeners(), counts: Object.fromEntries(counts) };
    for (const event of events) for (let i = 0; i < number; i++) emitter.on(event, () => {});
  };
  const warnings = [];
  process.on("warning", ({ message }) => warnings.push(message));
  const server = createServer((request, response) => {
    note("request", request, 10, "close");
    note("response", response, 9, "close", "finish");
    note("socket", request.socket);
    response.end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  note("server", server);
  const asked = get({ port: server.address().port, host: "127.0.0.1" });
  const [answer] = await once(asked, "response");
  note("asked", asked, 10, "close");
  note("answer", answer, 10, "close");
  await once(answer.resume(), "end");
  server.close();
  const worker = new Worker("", { eval: true });
  note("worker", worker, 8, "exit", "error");
  await once(worker, "exit");
  note("process", process, 9, "exit", "beforeExit", "SIGTERM", "SIGINT", "SIGHUP", "uncaughtExceptionMonitor");
  // The application's own limits, set later.
  process.setMaxListeners(12);
  process.on("exit", () => {});
  for (let i = 0; i < 12; i++) process.on("SIGUSR2", () => {});
  process.once("exit", () => console.log(JSON.stringify({ noted, warnings, max: process.getMaxListeners() })));
  process.removeAllListeners("SIGUSR2");
  setTimeout(() => {}, 50);`;

test("our listeners make room for themselves on each object, and nothing warns of a leak earlier", async () => {
  const cwd = await application({ "app.mjs": program });
  const found = async (args: readonly string[]) => {
    const env = {
      OTEL_METRICS_EXPORTER: "json",
      TACHYMETER_KERNELS: "true",
      TACHYMETER_EVENT_LOG: "events.jsonl",
      TACHYMETER_HISTORY: "true",
    };
    const output = await outputOf(runNode({ cwd, args: [...args, "app.mjs"], env }));
    const parsed: { noted: Record<string, Noted>; warnings: string[] } = JSON.parse(output);
    return parsed;
  };
  const [bare, ours] = await Promise.all([found([]), found(["--import", "tachymeter/register"])]);
  expect([ours.warnings, bare.warnings]).toEqual([[], []]);
  const without = Object.entries(ours.noted).flatMap(([name, { max, counts }]) => {
    const before = bare.noted[name];
    const room = max - (before?.max ?? 0);
    return Object.entries(counts)
      .filter(([event, count]) => count - (before?.counts[event] ?? 0) > room)
      .map(([event]) => `${name} ${event}`);
  });
  expect(without).toEqual([]);
  // None on the objects of a request that is served, and one of each event of the process.
  expect(ours.noted["request"]).toEqual(bare.noted["request"]);
  expect(ours.noted["response"]).toEqual(bare.noted["response"]);
  expect(ours.noted["process"]?.max).toBe(11);
});
