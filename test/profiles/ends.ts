// Processes that end in different ways while profiles are taken.
import { application } from "../kit/packed-project.ts";
import { type ProcessExit, runNode } from "../kit/process.ts";
import type { Random } from "../kit/random.ts";

/** Ways to end, with the code that ends the process so, and what is expected of it. */
const WAYS = {
  "signal with a listener": {
    code: `process.once("SIGTERM", () => process.kill(process.pid, "SIGTERM")); process.kill(process.pid, 0); process.kill(process.pid, "SIGTERM"); setTimeout(() => {}, 10_000);`,
    exit: { code: null, signal: "SIGTERM" },
  },
  natural: { code: ``, exit: { code: 0, signal: null } },
  exit: { code: `process.exit(3);`, exit: { code: 3, signal: null } },
  "exit in a block": { code: `block(150); process.exit(4);`, exit: { code: 4, signal: null } },
  exception: {
    code: `process.on("uncaughtException", () => process.exit(5)); setTimeout(() => { throw new Error("x"); });`,
    exit: { code: 5, signal: null },
  },
  "shutdown and exit": {
    code: `await telemetry.shutdown(); process.exit(6);`,
    exit: { code: 6, signal: null },
  },
  signal: {
    code: `process.kill(process.pid, "SIGTERM"); setTimeout(() => {}, 10_000);`,
    exit: { code: null, signal: "SIGTERM" },
  },
  kill: {
    code: `process.kill(process.pid, "SIGKILL"); setTimeout(() => {}, 10_000);`,
    exit: { code: null, signal: "SIGKILL" },
  },
  abandoned: { code: `process.exitCode = 7; telemetry.shutdown();`, exit: { code: 7, signal: null } },
} as const satisfies Record<string, { readonly code: string; readonly exit: ProcessExit }>;

export type Way = keyof typeof WAYS;
export const ALL_WAYS = [
  "signal with a listener",
  "natural",
  "exit",
  "exit in a block",
  "exception",
  "shutdown and exit",
  "signal",
  "kill",
  "abandoned",
] as const satisfies readonly Way[];

export interface EndedRun {
  readonly way: Way;
  readonly expected: ProcessExit;
  readonly exit: ProcessExit;
  readonly stderr: string;
}

/** Starts and shuts down `sessions` times in one process, with blocks and threads, and ends it during the last session. */
export async function runSessions(way: Way, sessions: number, random: Random): Promise<EndedRun> {
  const waits = Array.from({ length: sessions }, (_, index) => [
    // The last session has mostly begun to sample.
    index === sessions - 1 ? random.integer(0, 500) : random.integer(0, 120),
    random.integer(0, 150),
  ]);
  const cwd = await application({
    "app.mjs": `
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { start } from "tachymeter";
function block(millis) { const end = Date.now() + millis; while (Date.now() < end); }
const waits = ${JSON.stringify(waits)};
let telemetry;
for (const [index, [wait, blocked]] of waits.entries()) {
  telemetry = start({ profiles: { blockThreshold: 0.05 }, readers: [], host: false, runtime: false, group: false });
  await delay(wait);
  if (${random.chance(0.3)}) new Worker("setTimeout(() => {}, 50)", { eval: true });
  block(blocked);
  if (index < waits.length - 1) await Promise.all([telemetry.shutdown(), delay(wait / 4)]);
}
${WAYS[way].code}
`,
  });
  const child = runNode({ cwd, args: ["app.mjs"] });
  return { way, expected: WAYS[way].exit, exit: await child.exit, stderr: child.stderr };
}
