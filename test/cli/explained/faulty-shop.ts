// A shop with clients, services and a database, each in a process of its own, by the installed package. It has one fault.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { start } from "tachymeter";
import { shortWindows } from "../../alerts/monitors/short-windows.ts";
import type { ControlGroup } from "../../alerts/monitors/surroundings.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { application } from "../../kit/packed-project.ts";
import { type RunningProcess, runNode, type RunNodeOptions } from "../../kit/process.ts";
import { startPostgres } from "../../servers/postgres.ts";

type Options = NonNullable<Parameters<typeof start>[0]>;

/** A fault, and the surroundings of the shop that it needs. */
export interface ShopFault {
  /** Name of the fault in the programs `shop.js` and `faults.js`. */
  readonly fault: string;
  /** The alert that it raises. */
  readonly alert: string;
  /** A line for a service of the shop, with which the fault begins. */
  readonly service?: readonly [name: keyof Services, line: string];
  /** Seconds before the fault. A slow one needs more. @defaultValue 25 */
  readonly baselineSeconds?: number;
  /** Whether the shop is started anew, as version 2.0.0. */
  readonly isDeployed?: boolean;
  /** Number of crashes, after each of which the shop is started anew. */
  readonly crashes?: number;
  /** Control group of the shop, whose processor time is limited with the fault. */
  readonly group?: ControlGroup;
  readonly env?: Readonly<Record<string, string>>;
}

interface Services {
  readonly billing: RunningProcess;
  readonly stock: RunningProcess;
  readonly backend: RunningProcess;
}

const PROGRAMS = join(import.meta.dirname, "programs");
const LONG_WAIT_MILLIS = 120_000;
// Long enough for samples.
const SHORT_LIFE_MILLIS = 4_000;
const SHORT = shortWindows();
const MONITORS = [
  "applicationUnhealthy",
  "clockJumped",
  "consumerStuck",
  "eventLoopBlocked",
  "exporterFailing",
  "restartLoop",
  "seriesOverflowing",
];

/** Rules of the shop, as its operators write them: none names a part of the shop. */
const REQUESTS = "http_server_request_duration_seconds";
const RULES = {
  OrdersSlow: `sum(rate(${REQUESTS}_sum{http_route="/orders/:id"}[5s])) / sum(rate(${REQUESTS}_count{http_route="/orders/:id"}[5s])) > 0.35`,
  RequestsSlow: `sum(rate(${REQUESTS}_sum[5s])) / sum(rate(${REQUESTS}_count[5s])) > 0.1`,
  RequestsFail: `sum(rate(${REQUESTS}_count{http_response_status_code=~"5.."}[5s])) > 0.5`,
  MessagesWait: "sum(message_queue_size) > 10",
  MessagesFail: `sum(rate(message_processing_duration_seconds_count{error_type!=""}[5s])) > 0.5`,
  HeapGrows: "deriv(v8js_memory_heap_retained_bytes[5s]) > 2e6",
  DescriptorsGrow: "deriv(process_unix_file_descriptor_count[10s]) > 3",
};

/** A running shop, before its fault. */
export interface Shop {
  /** Ports of the services, by which the shop's metrics name them. */
  readonly ports: Readonly<Record<keyof Services, string>>;
  /** Begins the fault. Resolves with the address of the metrics. */
  begin(): Promise<string>;
}

/** Starts everything, and waits until the time before the fault has passed. */
export async function startShop({
  fault,
  alert,
  service,
  baselineSeconds = 25,
  isDeployed,
  crashes = 0,
  group,
  env = {},
}: ShopFault): Promise<Shop> {
  const files = readdirSync(PROGRAMS).map((name) => [name, readFileSync(join(PROGRAMS, name), "utf8")]);
  const cwd = await application(
    { ...Object.fromEntries(files), "package.json": `{ "type": "module" }` },
    { libraries: true },
  );
  const services: Services = { billing: serviceIn(cwd), stock: serviceIn(cwd), backend: serviceIn(cwd) };
  const ports = {
    billing: await portOf(services.billing),
    stock: await portOf(services.stock),
    backend: await portOf(services.backend),
  };
  const { host, port, user, database } = await startPostgres("test");
  const folder = newFolder("shop");
  const startVersion = (version: string): RunningProcess =>
    runNode({
      cwd,
      ...wrapped(["--expose-gc", "--import", "./telemetry.js", "shop.js", fault], group?.wrapper),
      env: {
        OPTIONS: JSON.stringify(optionsOf(folder, ports.backend, version)),
        BILLING_PORT: ports.billing,
        STOCK_PORT: ports.stock,
        PG_URL: `postgres://${user}@${host}:${port}/${database}`,
        ALERT: alert,
        BASELINE_SECONDS: String(baselineSeconds),
        VERSION: version,
        ...env,
      },
      openInput: true,
    });
  let shop = startVersion("1.0.0");
  let clients = clientsOf(cwd, await portOf(shop));
  const restart = async (version: string): Promise<void> => {
    shop = startVersion(version);
    clients.kill("SIGKILL");
    clients = clientsOf(cwd, await portOf(shop));
  };
  await shop.waitForOutput(/^usual$/m, LONG_WAIT_MILLIS);
  return {
    ports,
    begin: async () => {
      if (service !== undefined) services[service[0]].write(`${service[1]}\n`);
      if (group !== undefined) writeFileSync(group.limit.file, group.limit.low);
      if (isDeployed === true) {
        shop.kill("SIGTERM");
        await shop.exit;
        await restart("2.0.0");
      }
      for (let i = 0; i < crashes; i++) {
        shop.write("fault\n");
        await shop.exit;
        await restart("1.0.0");
        await sleep(SHORT_LIFE_MILLIS);
      }
      if (crashes === 0) shop.write("fault\n");
      const [, url = ""] = await shop.waitForOutput(/^metrics (\S+)$/m);
      return url;
    },
  };
}

function optionsOf(folder: string, backendPort: string, version: string): Options {
  return {
    serviceName: "shop",
    resource: { "service.version": version },
    group: false,
    api: true,
    profiles: true,
    collectionInterval: 1,
    live: { resolution: 1 },
    history: { path: join(folder, "history.db") },
    readers: [
      { type: "prometheus", port: 0 },
      { type: "otlp", url: `http://127.0.0.1:${backendPort}/v1/metrics`, interval: 1 },
    ],
    alerts: {
      interval: 1,
      monitors: {
        ...Object.fromEntries(Object.keys(SHORT).map((name) => [name, false])),
        ...Object.fromEntries(MONITORS.map((name) => [name, SHORT[name] ?? {}])),
        eventLoopBlocked: { ...SHORT["eventLoopBlocked"], after: 0 },
        restartLoop: {},
        httpErrorBudget: false,
      },
      receivers: [],
      rules: [
        {
          name: "shop",
          // If the shop stands still, no request ends within the five seconds of the rate.
          rules: Object.entries(RULES).map(([alert, expr]) => ({
            alert,
            expr,
            for: "2s",
            keep_firing_for: "1m",
          })),
        },
      ],
    },
  };
}

function wrapped(
  args: readonly string[],
  [command, ...before]: readonly string[] = [],
): Pick<RunNodeOptions, "args" | "command"> {
  return command === undefined ? { args } : { command, args: [...before, process.execPath, ...args] };
}

function serviceIn(cwd: string): RunningProcess {
  return runNode({ cwd, args: ["service.js"], openInput: true });
}

function clientsOf(cwd: string, port: string): RunningProcess {
  return runNode({ cwd, args: ["clients.js", port], openInput: true });
}

async function portOf(program: RunningProcess): Promise<string> {
  const [, port = ""] = await program.waitForOutput(/^ready (\d+)$/m);
  return port;
}
