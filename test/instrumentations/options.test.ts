import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { diag, DiagLogLevel } from "@opentelemetry/api";
import { afterEach, expect, test } from "vitest";
import { ConfigurationError, type ConfigurationProblem, running, start } from "tachymeter";
import { Commands } from "tachymeter/facades";
import { instrumentationFolders, readReadme } from "./readmes.ts";
import { addressOf } from "../kit/address-of.ts";

const instrumentationsFolder = resolve(import.meta.dirname, "../../instrumentations");

// http, undici, pg and mongodb also have upstream's options, which only upstream knows.
const hooks = instrumentationFolders()
  .map((folder) => ({ folder, name: readReadme(folder).name }))
  .filter(({ name }) => !["http", "undici", "pg", "mongodb"].includes(name));

afterEach(async () => {
  await running()?.shutdown();
  diag.disable();
});

function problemsOf(instrumentations: Record<string, object>): readonly ConfigurationProblem[] {
  try {
    start({ readers: [], host: false, runtime: false, instrumentations });
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

function documentedOptions(folder: string): readonly string[] {
  const [, options = ""] = readFileSync(join(instrumentationsFolder, folder, "README.md"), "utf8").split(
    "## Options\n",
  );
  return [...options.matchAll(/^\| `(\w+)` \|/gm)].map(([, option = ""]) => option);
}

test.each(hooks)("$name refuses an unknown option, and names those of its README", (hook) => {
  const unknown = "z".repeat(40);
  const [problem, ...further] = problemsOf({ [hook.name]: { [unknown]: String } });
  expect(further).toEqual([]);
  expect(problem).toMatchObject({ name: `instrumentations.${hook.name}.${unknown}`, value: String });
  const named = /^be one of the options (.*)$/.exec(problem?.must ?? "")?.[1]?.split(", ");
  expect(named?.toSorted()).toEqual(documentedOptions(hook.folder).toSorted());
});

test.each(hooks)("$name refuses an invalid value for each of its options", ({ folder, name }) => {
  const wrong = Symbol("of no use");
  const options = documentedOptions(folder);
  expect(options).toContain("enabled");
  const problems = problemsOf({ [name]: Object.fromEntries(options.map((option) => [option, wrong])) });
  expect(problems.map((problem) => problem.name).toSorted()).toEqual(
    options.map((option) => `instrumentations.${name}.${option}`).toSorted(),
  );
  expect(problems.map(({ value }) => value)).toEqual(options.map(() => wrong));
});

test("all problems of several instrumentations are reported together, with the given value and the rule", () => {
  const wrong = {
    mqtt: { destination: 3 },
    "socket.io": { byEvent: "yes" },
    bullmq: { queueSizeInterval: -1 },
  };
  const [first, ...others] = problemsOf(wrong);
  expect(first).toEqual({
    name: "instrumentations.bullmq.queueSizeInterval",
    value: -1,
    must: "be a number of seconds from 0 to 2147483",
  });
  expect(others).toEqual([
    {
      name: "instrumentations.mqtt.destination",
      value: 3,
      must: "be a function that returns a destination's name for the name used by the library",
    },
    { name: "instrumentations.socket_io.byEvent", value: "yes", must: "be true or false" },
  ]);
});

test("options of http that cannot be used are refused", () => {
  const http = { attributes: {}, requestHeaders: ["x-tenant", "Cookie"], ignore: ["/health", "assets"] };
  expect(problemsOf({ http }).map(({ name }) => name)).toEqual(
    Object.keys(http).map((option) => `instrumentations.http.${option}`),
  );
  const fitting = {
    attributes: () => ({}),
    requestHeaders: ["x-tenant"],
    ignore: ["*", "/a", "M-SEARCH /", /^\/b/, () => true],
  };
  expect(problemsOf({ http: fitting })).toEqual([]);
});

test("options of OpenTelemetry's instrumentation are accepted if it is chosen", () => {
  const http = { disableIncomingRequestInstrumentation: true };
  expect(problemsOf({ otel: ["http"], http: { ...http, durations: "all" } })).toHaveLength(1);
  expect(problemsOf({ http })).toHaveLength(1);
  expect(problemsOf({ otel: ["http"], http })).toEqual([]);
});

test("a facade in the options records in place of the running Tachymeter's", async () => {
  const commands = new Commands();
  const telemetry = start({
    readers: [],
    host: false,
    runtime: false,
    instrumentations: { child_process: { commands } },
  });
  execFileSync(process.execPath, ["--version"]);
  expect(await commands.getStats()).toMatchObject({ commandsExecuted: 1 });
  expect(await telemetry.commands.getStats()).toMatchObject({ commandsExecuted: 0 });
});

test("the maximum number of destinations is an option of each instrumentation, and messages go to the running Tachymeter", async () => {
  const telemetry = start({
    readers: [],
    host: false,
    runtime: false,
    instrumentations: { ws: { maxDestinations: 1 } },
  });
  // A name that the oldest versions have, too.
  const WebSocket: typeof import("ws").WebSocket = createRequire(import.meta.url)("ws");
  const Server: typeof import("ws").WebSocketServer = Reflect.get(WebSocket, "Server");
  const server = new Server({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const port = addressOf(server).port;
  for (const path of ["/orders", "/payments", "/refunds"]) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
    await once(socket, "open");
    socket.send("one");
    socket.terminate();
  }
  server.close();
  const { metrics } = await telemetry.snapshot();
  const sent = Object.entries(metrics).filter(
    ([key, { labels }]) => key.startsWith("messages_sent_total") && labels["messaging_system_name"] === "ws",
  );
  expect(sent.map(([, { labels, value }]) => [labels["messaging_destination_name"], value])).toEqual([
    ["/orders", 1],
    ["_other", 2],
  ]);
});

test("the reason why an instrumentation is missing is logged at debug level", () => {
  const told: string[] = [];
  const tell = (text: string): void => void told.push(text);
  const ignore = (): void => {};
  const logger = { error: ignore, warn: ignore, info: ignore, debug: tell, verbose: ignore };
  const withoutKernels = (name: string): string =>
    `instrumentation ${name}: off without kernel telemetry; set TACHYMETER_KERNELS=true`;
  diag.setLogger(logger, { logLevel: DiagLogLevel.DEBUG, suppressOverrideMessage: true });
  start({
    readers: [],
    host: false,
    runtime: false,
    instrumentations: { mqtt: false, http: { enabled: false }, undici: false, mongodb: false },
  });
  expect(told.filter((text) => text.startsWith("instrumentation"))).toEqual([
    "instrumentation http: switched off",
    "instrumentation mongodb: switched off",
    "instrumentation mqtt: switched off",
    ...["piscina", "poolifier", "tinypool"].map(withoutKernels),
    "instrumentation undici: switched off",
    ...["worker_threads", "workerpool"].map(withoutKernels),
  ]);
});
