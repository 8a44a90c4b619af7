// Runs faults, and looks for them in the reported blocks.
import { application } from "../kit/packed-project.ts";
import { outputOf, runNode } from "../kit/process.ts";
import type { Fault, FaultKind } from "./faults.ts";

interface Blocked {
  readonly event: { readonly duration: number; readonly functions: readonly HotFunction[] };
  readonly unixMillis: number;
}
interface HotFunction {
  readonly function: string;
  readonly file?: string;
  readonly line?: number;
}

/** The report of a fault. */
export interface RankedFault {
  readonly kind: FaultKind;
  /** Place of its function among those of the block, from 1; 0 if it was not found. */
  readonly rank: number;
  readonly block: Blocked | undefined;
}

// Runs the faults one after the other, and prints their times and the events.
const PROGRAM = `
import { createRequire } from "node:module";
import { setTimeout as delay } from "node:timers/promises";
import { start } from "tachymeter";
const telemetry = start({ profiles: true, readers: [], group: false });
const events = [];
telemetry.events.on("eventloop.blocked", ({ data, timestamp }) => {
  events.push({ event: data, unixMillis: Date.parse(timestamp) });
});
const require = createRequire(import.meta.url);
// Until the watch has begun.
for (let end = Date.now() + 10_000; events.length === 0 && Date.now() < end; await delay(100))
  for (const until = Date.now() + 150; Date.now() < until; );
const times = [];
for (const { file, millis } of JSON.parse(process.argv[2])) {
  const run = require("./" + file);
  await delay(100);
  const began = Date.now();
  await run(millis);
  times.push({ began, ended: Date.now() });
  await delay(100);
}
// On a busy machine, there are blocks of others.
const isReported = ({ began, ended }) =>
  events.some(({ unixMillis }) => unixMillis > began && unixMillis < ended + 150);
for (let waits = 0; !times.every(isReported) && waits < 100; waits++) await delay(100);
console.log(JSON.stringify({ times, events }));
await telemetry.shutdown();
`;

/** Runs faults one after the other in a process of its own. */
export async function runFaults(
  faults: readonly { readonly fault: Fault; readonly text: string }[],
): Promise<{ readonly ranks: readonly RankedFault[]; readonly stderr: string }> {
  const files = Object.fromEntries(faults.map(({ fault, text }) => [fault.file, text]));
  const cwd = await application({ "app.mjs": PROGRAM, ...files });
  const child = runNode({ cwd, args: ["app.mjs", JSON.stringify(faults.map(({ fault }) => fault))] });
  const output = await outputOf(child);
  const { times, events }: { times: { began: number; ended: number }[]; events: Blocked[] } =
    JSON.parse(output);
  const ranks = faults.map(({ fault }, index) => {
    const { began, ended } = times[index]!;
    const block = events.find(({ unixMillis }) => unixMillis > began && unixMillis < ended + 150);
    const at = block?.event.functions.findIndex((each) => isCause(each, fault)) ?? -1;
    return { kind: fault.kind, rank: at + 1, block };
  });
  return { ranks, stderr: child.stderr };
}

// The function itself, or one that is written within it.
function isCause({ function: name, file, line = 0 }: HotFunction, fault: Fault): boolean {
  if (file !== fault.file) return false;
  return (name === fault.function && line === fault.line) || (line > fault.line && line <= fault.lastLine);
}
