// Programs with a store in its own thread. They use the packed build, because the worker does not exist in the sources.
import { application, packedModules } from "../../kit/packed-project.ts";
import { outputOf, runNode } from "../../kit/process.ts";

const PRELUDE = `
import worker_threads from "node:worker_threads";
import { syncBuiltinESMExports } from "node:module";

// The threads that are begun, so that they can be ended.
const workers = [];
worker_threads.Worker = class extends worker_threads.Worker {
  constructor(...options) {
    super(...options);
    workers.push(this);
  }
};
syncBuiltinESMExports();

const inPackage = (file) => import("tachymeter-modules/src/history/" + file);
const { HistoryThread } = await inPackage("thread/index.js");
const opened = async (options) => {
  const thread = new HistoryThread(options);
  await thread.opened;
  return thread;
};
const { packedEvents } = await inPackage("thread/packed.js");
const { emptyCells } = await inPackage("encoded-collection.js");

// Points that are too old are removed when a store is opened.
const now = Date.now();

function collection(millis, value) {
  const { buffer, ids, widths, cells } = emptyCells(1, 1);
  ids[0] = 0;
  widths[0] = 1;
  cells[0] = value;
  const series = {
    id: 0, metric: "m", prometheusName: "m", type: "gauge", unit: "", description: "", layout: { kind: "number" },
    attributes: {}, scope: { name: "s", version: "" }, startTimeUnixMillis: 0,
  };
  return { timeUnixMillis: now + millis, resource: {}, newSeries: [series], buffer };
}

const question = { metric: "m", where: {}, from: 0, to: 1e13, step: undefined, aggregate: undefined, quantile: 0.5, by: undefined };
const valuesOf = async (thread) => [...(await thread.ask({ kind: "query", given: question })).values];
const print = (value) => console.log(JSON.stringify(value));
`;

/** Runs a program until it exits. Returns the JSON documents that it printed, one per line. */
export async function printedBy(source: string): Promise<readonly unknown[]> {
  await packedModules();
  const cwd = await application({ "program.mjs": `${PRELUDE}\n${source}` });
  const output = await outputOf(runNode({ cwd, args: ["program.mjs"] }));
  return output
    .trim()
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line));
}
