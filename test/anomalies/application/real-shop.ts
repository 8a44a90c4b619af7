// A real shop with clients, two services and a neighbour, each in a process of its own, by the installed package.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, vi } from "vitest";
import type { ControlGroup } from "../../alerts/monitors/surroundings.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { application } from "../../kit/packed-project.ts";
import { type RunningProcess, type RunNodeOptions, runNode } from "../../kit/process.ts";

/** A rule of the shop, and the time before its fault. */
export interface ShopOptions {
  /** Expression of the rule. */
  readonly alert: string;
  /** Seconds without a fault. */
  readonly baselineSeconds: number;
  /** Processor time that an order needs, in milliseconds. @defaultValue 1 */
  readonly orderMillis?: number;
  /** Control group of the shop and the neighbour. */
  readonly group?: ControlGroup;
}

interface AlertLine {
  readonly name: string;
  /** Seconds since the epoch. */
  readonly activeAt: number;
  /** Annotation `correlated`. */
  readonly text: string;
  readonly correlated: readonly {
    readonly metric: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly direction: string;
    readonly isWeak: boolean;
  }[];
}

/** A running shop. */
export interface Shop {
  /** Port of the service that can be slow. */
  readonly billingPort: string;
  slowBilling(millis: number): void;
  leak(): void;
  /** Starts three busy processes. */
  burn(): void;
  /**
   * The first three series of each comparison for alerts that began after the baseline, as
   * `metric{label="value"} direction`. Those that may be chance are left out.
   */
  named(): readonly string[];
  /** Rejects with its errors once the shop has ended. */
  readonly ended: Promise<never>;
}

const PROGRAMS = join(import.meta.dirname, "programs");
const BUSY_PROCESSES = 3;
const LONG_WAIT_MILLIS = 300_000;

/** Mean duration of an order over five seconds. */
export const MEAN_DURATION =
  "sum(rate(http_server_request_duration_seconds_sum[5s])) / sum(rate(http_server_request_duration_seconds_count[5s]))";

/** Starts everything, and waits until the time before the fault has passed. */
export async function startShop({
  alert,
  baselineSeconds,
  orderMillis = 1,
  group,
}: ShopOptions): Promise<Shop> {
  const files = readdirSync(PROGRAMS).map((name) => [name, readFileSync(join(PROGRAMS, name), "utf8")]);
  const cwd = await application({ ...Object.fromEntries(files), "package.json": `{ "type": "module" }` });
  const [billing, stock] = [service(cwd), service(cwd)];
  const [billingPort, stockPort] = [await portOf(billing), await portOf(stock)];
  const neighbour = runNode({ cwd, ...inGroup(["neighbour.js"], group), openInput: true });
  const shop = runNode({
    cwd,
    ...inGroup(["--import", "./telemetry.js", "shop.js"], group),
    env: {
      OPTIONS: JSON.stringify(optionsOf(alert)),
      BILLING_PORT: billingPort,
      STOCK_PORT: stockPort,
      ORDER_MILLIS: String(orderMillis),
      BASELINE_SECONDS: String(baselineSeconds),
    },
    openInput: true,
  });
  runNode({ cwd, args: ["clients.js", await portOf(shop)], openInput: true });
  await shop.waitForOutput(/^usual$/m, LONG_WAIT_MILLIS);
  const begunSeconds = Date.now() / 1_000;
  const ended = shop.exit.then((): never => {
    throw new Error(`the shop ended: ${shop.stderr}`);
  });
  // At the end of the test, too.
  ended.catch(() => {});
  return {
    billingPort,
    slowBilling: (millis) => billing.write(`${millis}\n`),
    leak: () => shop.write("leak\n"),
    burn: () => neighbour.write("burn\n".repeat(BUSY_PROCESSES)),
    named: () => namedIn(shop, begunSeconds),
    ended,
  };
}

/**
 * Waits until the alert names a cause. While an alert fires, it is compared again, since its first seconds may say
 * little.
 */
export async function expectCause(shop: Shop, cause: RegExp): Promise<void> {
  const isNamed = (): void => expect(shop.named()).toContainEqual(expect.stringMatching(cause));
  await Promise.race([vi.waitFor(isNamed, { timeout: LONG_WAIT_MILLIS, interval: 100 }), shop.ended]);
}

function optionsOf(alert: string): object {
  const folder = newFolder("shop");
  return {
    serviceName: "shop",
    readers: [],
    group: false,
    collectionInterval: 1,
    live: { resolution: 1 },
    history: { path: join(folder, "history.db") },
    anomalies: true,
    alerts: {
      interval: 1,
      monitors: false,
      receivers: [],
      directory: join(folder, "alerts"),
      rules: [{ name: "shop", rules: [{ alert: "Fault", expr: alert, for: "1s" }] }],
    },
  };
}

function inGroup(
  args: readonly string[],
  group: ControlGroup | undefined,
): Pick<RunNodeOptions, "args" | "command"> {
  const [command, ...before] = group?.wrapper ?? [];
  return command === undefined ? { args } : { command, args: [...before, process.execPath, ...args] };
}

function service(cwd: string): RunningProcess {
  return runNode({ cwd, args: ["service.js"], openInput: true });
}

function namedIn({ stdout }: RunningProcess, begunSeconds: number): readonly string[] {
  return stdout
    .split("\n")
    .filter((line) => line.startsWith(`{"name":"Fault"`) && line.endsWith("}"))
    .map((line): AlertLine => JSON.parse(line))
    .filter(({ activeAt }) => activeAt > begunSeconds)
    .flatMap(({ correlated }) => correlated.slice(0, 3).filter(({ isWeak }) => !isWeak))
    .map(({ metric, labels, direction }) => {
      const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
      return `${metric}{${pairs.join(",")}} ${direction}`;
    });
}

async function portOf(program: RunningProcess): Promise<string> {
  const [, port = ""] = await program.waitForOutput(/^ready (\d+)$/m);
  return port;
}
