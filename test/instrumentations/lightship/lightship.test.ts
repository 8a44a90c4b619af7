import { createRequire } from "node:module";
import { Health } from "../../../src/facades/health/index.ts";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { lightship as instrumented } from "../../../instrumentations/lightship/index.ts";
import { begin } from "../../../instrumentations/lightship/instrumentation.ts";
import { addressOf } from "../../kit/address-of.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { restarted } from "../restarted.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
// Required after the instrumentation is enabled. Version 9 cannot be required: its CommonJS files are marked as ES modules.
const require = createRequire(import.meta.url);
const isRequirable = !/dist.cjs/.test(require.resolve("lightship"));
const library: typeof import("lightship") = isRequirable ? require("lightship") : await import("lightship");
instrumentation.disable();

type Lightship = Awaited<ReturnType<typeof library.createLightship>>;

const collecting = measured(instrumentation);
let health: Health;

beforeEach((context) => {
  context.skip(!isRequirable, "this version of the library cannot be required");
  health = new Health({ meterProvider: collecting.provider });
  instrumentation.setConfig({ health });
});

async function launched(options: Parameters<typeof library.createLightship>[0] = {}): Promise<Lightship> {
  const lightship = await library.createLightship({
    signals: [],
    shutdownDelay: 0,
    terminate: () => {},
    ...options,
  });
  onTestFinished(() => void lightship.server.close());
  return lightship;
}

function component(): unknown {
  return health.report().components["lightship"];
}

const notReady = { status: "unhealthy", reason: "not ready", critical: false };
const shuttingDown = { status: "unhealthy", reason: "shutting down", critical: false };
const healthy = { status: "healthy", critical: false };

test("the component has the state that the library's server returns", async () => {
  const lightship = await launched();
  const { port } = addressOf(lightship.server);
  const answer = async (): Promise<number> => (await fetch(`http://127.0.0.1:${port}/ready`)).status;
  expect([component(), await answer()]).toEqual([notReady, 500]);
  lightship.signalReady();
  expect([component(), await answer()]).toEqual([healthy, 200]);
  lightship.signalNotReady();
  expect([component(), await answer()]).toEqual([notReady, 500]);
});

test("a blocking task makes the component unhealthy until it is settled", async () => {
  const lightship = await launched();
  let settle = (): void => {};
  lightship.queueBlockingTask(new Promise<void>((resolve) => (settle = resolve)));
  lightship.signalReady();
  expect(component()).toEqual(notReady);
  settle();
  await lightship.whenFirstReady();
  expect(component()).toEqual(healthy);
});

test("a shutdown that a signal begins is seen at the next collection, and by its handlers", async () => {
  const lightship = await launched({ detectKubernetes: false, port: 0, signals: ["SIGUSR2"] });
  onTestFinished(() => void process.removeAllListeners("SIGUSR2"));
  lightship.signalReady();
  const beacon = lightship.createBeacon();
  const seen: unknown[] = [];
  lightship.registerShutdownHandler(async () => {
    seen.push(component());
    throw new RangeError("not now");
  });
  lightship.registerShutdownHandler(() => void seen.push("second"));
  for (const listener of process.listeners("SIGUSR2")) listener("SIGUSR2");
  expect(await collecting.point("lightship.beacons", {})).toBe(1);
  expect(component()).toEqual(shuttingDown);
  await beacon.die();
  await beacon.die();
  await vi.waitFor(() => expect(seen).toEqual([shuttingDown, "second"]), 10_000);
  expect(await collecting.point("lightship.beacons", {})).toBe(0);
  const name = "lightship.shutdown.handler.duration";
  await vi.waitFor(
    async () =>
      expect([
        await collecting.point(name, { "error.type": "RangeError" }),
        await collecting.point(name, {}),
      ]).toMatchObject([{ count: 1 }, { count: 1 }]),
    10_000,
  );
});

test("a server that cannot listen is still rejected", async () => {
  const { port } = addressOf((await launched()).server);
  await expect(library.createLightship({ detectKubernetes: false, port, signals: [] })).rejects.toThrow(
    "EADDRINUSE",
  );
});

test("disabled, nothing is recorded; enabled again, it continues with the existing ones", async () => {
  const lightship = await launched();
  const early = lightship.createBeacon();
  lightship.createBeacon();
  instrumentation.disable();
  lightship.signalReady();
  expect(component()).toEqual(notReady);
  await early.die();
  const bare = await launched();
  bare.signalReady();
  instrumentation.enable();
  expect(await collecting.point("lightship.beacons", {})).toBe(1);
  expect(component()).toEqual(healthy);
});

test("after a restart, it continues with the existing ones", async () => {
  const beacon = (await launched()).createBeacon();
  const expectGauges = restarted(instrumentation, instrumented, begin, {});
  await expectGauges({ "lightship.beacons": 1, "health.component.status": 3 });
  await beacon.die();
  await expectGauges({ "lightship.beacons": 0, "health.component.status": 3 });
});
