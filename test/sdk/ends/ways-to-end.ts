// Ways in which a program ends: by itself, by an exit, by an error, by a signal that it receives or sends to itself.

/** A program and the signals that it receives. */
export interface WayToEnd {
  readonly name: string;
  /** An ES module. It may add to the counter `orders`, and writes `ready` before it waits for a signal. */
  readonly program: string;
  /** The first is sent once the program has written `ready`, each further one after `got`. */
  readonly signals?: readonly NodeJS.Signals[];
  /** Whether the signals are sent together. */
  readonly isAtOnce?: boolean;
}

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

const later = (body: string): string => `setTimeout(() => { ${body} }, 20);`;
const stay = `const stay = setInterval(() => {}, 1000);`;
const self = (signal: string): string => `process.kill(process.pid, "${signal}");`;

/** Programs that no signal reaches from outside. */
const alone: readonly (readonly [name: string, program: string])[] = [
  ["the natural end", ""],
  ["the natural end after a timer", later("")],
  ["process.exitCode = 7", "process.exitCode = 7;"],
  ["process.exitCode = 7 in a timer", later("process.exitCode = 7;")],
  ["process.exitCode in an exit listener", `process.on("exit", () => { process.exitCode = 7; });`],
  ["process.exitCode in a beforeExit listener", `process.on("beforeExit", () => { process.exitCode = 7; });`],
  ["process.exit()", "process.exit();"],
  ["process.exit(3)", "process.exit(3);"],
  ["process.exit() with process.exitCode", "process.exitCode = 4; process.exit();"],
  ["process.exit(3) in a timer", later("process.exit(3);")],
  ["process.exit(3) in a promise", "await null; process.exit(3);"],
  ["process.exit(3) on the next tick", "process.nextTick(() => process.exit(3));"],
  ["process.exit(3) in an immediate", "setImmediate(() => process.exit(3));"],
  ["process.exit(3) in a beforeExit listener", `process.on("beforeExit", () => process.exit(3));`],
  ["process.exit(3) in an exit listener", `process.on("exit", () => process.exit(3));`],
  ["process.exit(3) with work left", `${stay} process.exit(3);`],
  ["process.exit(3) in a finally block", `try { throw new Error("boom"); } finally { process.exit(3); }`],
  ["process.reallyExit(3)", "process.reallyExit(3);"],
  ["process.abort()", "process.abort();"],
  [
    "work in a beforeExit listener",
    `process.once("beforeExit", () => setTimeout(() => { process.exitCode = 6; }, 50));`,
  ],
  ["an exception", `throw new Error("boom");`],
  ["an exception that is no error", `throw "boom";`],
  ["an exception in a timer", later(`throw new Error("boom");`)],
  ["an exception in a promise", `await null; throw new Error("boom");`],
  ["an exception on the next tick", `process.nextTick(() => { throw new Error("boom"); });`],
  ["an exception in an exit listener", `process.on("exit", () => { throw new Error("boom"); });`],
  ["an exception in a beforeExit listener", `process.on("beforeExit", () => { throw new Error("boom"); });`],
  ["an exception after process.exitCode", `process.exitCode = 7; throw new Error("boom");`],
  ["an exception with work left", `${stay} throw new Error("boom");`],
  ["a handled exception", `process.on("uncaughtException", () => {}); throw new Error("boom");`],
  [
    "an exit after an exception",
    `process.on("uncaughtException", () => process.exit(9)); throw new Error("boom");`,
  ],
  [
    "an exception in the handler of exceptions",
    `process.on("uncaughtException", () => { throw new Error("again"); }); throw new Error("boom");`,
  ],
  [
    "an exception with a monitor",
    `process.on("uncaughtExceptionMonitor", () => {}); throw new Error("boom");`,
  ],
  [
    "an abort after an exception",
    `process.on("uncaughtException", () => process.abort()); throw new Error("boom");`,
  ],
  ["an unhandled rejection", `Promise.reject(new Error("boom"));`],
  ["an unhandled rejection that is no error", `Promise.reject("boom");`],
  ["a handled rejection", `process.on("unhandledRejection", () => {}); Promise.reject(new Error("boom"));`],
  [
    "an exit after a rejection",
    `process.on("unhandledRejection", () => process.exit(9)); Promise.reject(new Error("boom"));`,
  ],
  ["a rejection with work left", `${stay} Promise.reject(new Error("boom"));`],
  ["an await that never ends", "await new Promise(() => {});"],
  ["an await that never ends, with process.exitCode", "process.exitCode = 7; await new Promise(() => {});"],
  ["an import of a missing file", `await import("./missing.mjs");`],
  [
    "a worker that exits with 5",
    `import { Worker } from "node:worker_threads";
    new Worker("process.exit(5)", { eval: true }).on("exit", (code) => { process.exitCode = code; });`,
  ],
  [
    "a worker that throws",
    `import { Worker } from "node:worker_threads";
    new Worker("throw new Error('boom')", { eval: true });`,
  ],
  [
    "a child process that fails",
    `import { spawnSync } from "node:child_process";
    process.exit(spawnSync(process.execPath, ["-e", "process.exit(6)"]).status);`,
  ],
  // Node.js ignores it, so that the work has to end.
  ["SIGPIPE to itself", self("SIGPIPE")],
  ["SIGPIPE to itself with work left", `${later("")} ${self("SIGPIPE")}`],
  ...(["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR2", "SIGALRM", "SIGKILL"] as const).flatMap(
    (signal) => [
      [`${signal} to itself`, self(signal)] as const,
      [`${signal} to itself with work left`, `${stay} ${self(signal)}`] as const,
    ],
  ),
  ...SIGNALS.flatMap((signal) => [
    [`${signal} to itself in a timer`, later(self(signal))] as const,
    [`${signal} to itself in an immediate`, `setImmediate(() => { ${self(signal)} });`] as const,
    [
      `${signal} to itself in a beforeExit listener`,
      `process.on("beforeExit", () => { ${self(signal)} });`,
    ] as const,
    [`${signal} to itself and process.exit(3)`, `${self(signal)} process.exit(3);`] as const,
    [
      `${signal} to itself with a handler`,
      `process.on("${signal}", () => process.exit(9)); ${self(signal)} ${stay}`,
    ] as const,
    [
      `${signal} to itself with a handler, no work left`,
      `process.on("${signal}", () => process.exit(9)); ${self(signal)}`,
    ] as const,
  ]),
];

const waiting = `${stay} console.log("ready");`;
const received: readonly WayToEnd[] = SIGNALS.flatMap((signal) => {
  const by = (name: string, program: string, ...others: NodeJS.Signals[]): WayToEnd => ({
    name: `${signal}${name}`,
    program: `${program}\n${waiting}`,
    signals: [signal, ...others],
  });
  const on = (body: string): string => `process.on("${signal}", () => { ${body} });`;
  return [
    by("", ""),
    by(", a handler that exits", on("process.exit(9);")),
    by(", a handler that exits later", on("setTimeout(() => process.exit(9), 50);")),
    by(", a handler that ends the work", on("clearInterval(stay);")),
    by(
      ", a handler that ends the work with process.exitCode",
      on("clearInterval(stay); process.exitCode = 4;"),
    ),
    by(", a handler that throws", on(`throw new Error("boom");`)),
    by(", a handler that rejects", `process.on("${signal}", async () => { throw new Error("boom"); });`),
    by(
      " twice, a handler that ignores the first",
      `process.once("${signal}", () => console.log("got"));`,
      signal,
    ),
    by(" and SIGKILL, a handler that ignores it", on(`console.log("got");`), "SIGKILL"),
  ];
});

const delays: Readonly<Record<string, (send: string) => string>> = {
  "at once": (send) => `${send};`,
  "at once, then process.exit(5)": (send) => `${send}; process.exit(5);`,
  "in a microtask": (send) => `Promise.resolve().then(() => ${send});`,
  "on the next tick": (send) => `process.nextTick(() => ${send});`,
  "in an immediate": (send) => `setImmediate(() => ${send});`,
  "after 10 ms": (send) => `setTimeout(() => ${send}, 10);`,
  "after 4 s": (send) => `setTimeout(() => orders.add(1), 200); setTimeout(() => ${send}, 4_000);`,
};
const registrations: Readonly<Record<string, (signal: string, body: (send: string) => string) => string>> = {
  once: (signal, body) =>
    `process.once("${signal}", () => { ${body(`process.kill(process.pid, "${signal}")`)} });`,
  "on and off": (signal, body) =>
    `const handler = () => { ${body(`(process.off("${signal}", handler), process.kill(process.pid, "${signal}"))`)} };
     process.on("${signal}", handler);`,
  "on and removeAllListeners": (signal, body) =>
    `process.on("${signal}", () => { ${body(`(process.removeAllListeners("${signal}"), process.kill(process.pid, "${signal}"))`)} });`,
};

// Programs that clean up after a signal, and send it to themselves again.
const resent: readonly WayToEnd[] = SIGNALS.flatMap((signal) =>
  Object.entries(registrations).flatMap(([registration, register]) =>
    Object.entries(delays).flatMap(([when, delayed]) =>
      [true, false].map((isBusy) => ({
        name: `${signal}, ${registration}, sent again ${when}, ${isBusy ? "work" : "no work"} left`,
        program: `${register(signal, (send) => `${isBusy ? "" : "clearInterval(stay);"} ${delayed(send)}`)}\n${waiting}`,
        signals: [signal],
      })),
    ),
  ),
);

const busy: Readonly<Record<string, string>> = {
  "execSync in a loop": `import { execSync } from "node:child_process";
    console.log("ready");
    for (let i = 0; i < 4; i++) execSync("sleep 0.4");`,
  "Atomics.wait": `console.log("ready");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);`,
  "a long regular expression": `const until = performance.now() + 1_500;
    console.log("ready");
    while (performance.now() < until) /^(a+)+$/.test("a".repeat(22) + "!");`,
  computing: `const until = performance.now() + 1_500;
    console.log("ready");
    while (performance.now() < until);`,
  "computing in a timer": `setTimeout(() => {
      const until = performance.now() + 1_500;
      console.log("ready");
      while (performance.now() < until);
    }, 20);`,
};

// A listener of ours takes the signal at their end, which comes soon.
const synchronous: readonly WayToEnd[] = Object.entries(busy).flatMap(([name, program]) =>
  (["SIGTERM", "SIGINT", "SIGHUP"] as const).flatMap((signal) => [
    { name: `${signal} during ${name}`, program, signals: [signal] },
    { name: `${signal} twice during ${name}`, program, signals: [signal, signal], isAtOnce: true },
  ]),
);

// Nothing but a signal ends them.
const endless: readonly WayToEnd[] = (["SIGTERM", "SIGINT", "SIGHUP"] as const).map((signal) => ({
  name: `${signal} during an endless loop`,
  program: `console.log("ready"); for (;;);`,
  signals: [signal],
}));

/** All ways. */
export const waysToEnd: readonly WayToEnd[] = [
  ...alone.map(([name, program]) => ({ name, program })),
  ...received,
  ...resent,
  ...synchronous,
  ...endless,
];

/** Names of the ways in the short form of the test. */
export const SHORT: readonly string[] = [
  "SIGTERM to itself in a timer",
  "SIGTERM to itself with a handler, no work left",
  "SIGTERM, once, sent again at once, then process.exit(5), no work left",
  "SIGINT, once, sent again after 10 ms, no work left",
  "SIGTERM, once, sent again after 4 s, work left",
  "SIGTERM, on and off, sent again on the next tick, no work left",
  "SIGINT during execSync in a loop",
  "SIGTERM twice during computing",
  "SIGTERM during an endless loop",
];
