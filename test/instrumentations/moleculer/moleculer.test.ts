import { createRequire } from "node:module";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { moleculer as instrumented } from "../../../instrumentations/moleculer/index.ts";
import { begin } from "../../../instrumentations/moleculer/instrumentation.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import { isInstalled } from "../../kit/is-installed.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { MessageFigures } from "../message-figures.ts";
import { restarted } from "../restarted.ts";
import { calls } from "../rpc-figures.ts";

/** The part of the library that the tests use. */
interface Broker {
  createService(schema: object): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  waitForServices(names: readonly string[]): Promise<void>;
  call(action: string, params?: object): Promise<unknown>;
  emit(event: string, payload?: unknown): unknown;
  broadcast(event: string, payload?: unknown): unknown;
}

const instrumentation = instrumentationOf(instrumented, begin, {});
const require = createRequire(import.meta.url);
const library: { readonly ServiceBroker: new (options: object) => Broker } | undefined = isInstalled(
  "moleculer",
)
  ? require("moleculer")
  : undefined;
instrumentation.disable();

let open = (): void => {};
const gate = new Promise<void>((resolve) => (open = resolve));
let collecting: Collecting;
let figures: MessageFigures;
let near: Broker;
let far: Broker;

describe.skipIf(library === undefined)("moleculer", () => {
  beforeAll(async () => {
    if (library === undefined) return;
    instrumentation.enable();
    const { ServiceBroker } = library;
    const brokerOf = (nodeID: string): Broker =>
      new ServiceBroker({ nodeID, logger: false, transporter: "Fake" });
    near = brokerOf("near");
    far = brokerOf("far");
    near.createService({
      name: "greeter",
      version: 2,
      actions: {
        hello: { params: { name: "string" }, handler: ({ params }: { params: object }) => ({ ...params }) },
        fail: () => Promise.reject(new RangeError("no")),
        inner(this: { actions: { fail(): Promise<unknown> } }) {
          return this.actions.fail().catch(() => "caught");
        },
      },
      events: {
        "user.*": () => {},
        "order.failed": () => Promise.reject(new RangeError("no")),
        "order.long": () => gate,
      },
    });
    far.createService({ name: "far-away", actions: { hello: () => "far" } });
    await Promise.all([near.start(), far.start()]);
    await near.waitForServices(["far-away"]);
    await far.waitForServices(["v2.greeter"]);
  });

  beforeEach(() => {
    collecting = collectingProvider();
    figures = new MessageFigures(collecting, "moleculer");
    instrumentation.setMeterProvider(collecting.provider);
    instrumentation.enable();
  });

  afterEach(() => instrumentation.disable());

  afterAll(async () => {
    open();
    await Promise.all([near?.stop(), far?.stop()]);
  });

  test("actions are calls of a server, and those on another node of a client, too", async () => {
    expect(await near.call("v2.greeter.hello", { name: "Ada" })).toEqual({ name: "Ada" });
    expect(await Promise.all([near.call("far-away.hello"), near.call("far-away.hello")])).toEqual([
      "far",
      "far",
    ]);
    expect(await near.call("v2.greeter.inner")).toBe("caught");
    await near.call("$node.list");
    expect(await calls(collecting, "server")).toEqual({
      "moleculer v2.greeter/hello": 1,
      "moleculer far_away/hello": 2,
      "moleculer v2.greeter/inner": 1,
      "moleculer v2.greeter/fail RangeError": 1,
    });
    expect(await calls(collecting, "client")).toEqual({ "moleculer far_away/hello": 2 });
  });

  test("a failed call has the name of its error on both sides, and the caller gets the same", async () => {
    await expect(far.call("v2.greeter.fail")).rejects.toMatchObject({ name: "RangeError", message: "no" });
    await expect(near.call("v2.greeter.hello", {})).rejects.toMatchObject({ name: "ValidationError" });
    expect(await calls(collecting, "client")).toEqual({ "moleculer v2.greeter/fail RangeError": 1 });
    expect(await calls(collecting, "server")).toEqual({
      "moleculer v2.greeter/fail RangeError": 1,
      "moleculer v2.greeter/hello ValidationError": 1,
    });
  });

  test("events are sent by their name, and received by the name that a handler listens to", async () => {
    near.emit("user.created", { id: 1 });
    far.broadcast("user.removed");
    near.emit("order.failed");
    await vi.waitFor(async () => {
      expect(await figures.of("user.*")).toEqual({ received: 2, processed: 2, inFlight: 0 });
      expect(await figures.processed("order.failed", "RangeError")).toBe(1);
    });
    expect(await figures.of("user.created")).toEqual({ sent: 1 });
    expect(await figures.of("user.removed")).toEqual({ sent: 1 });
  });

  test("while it is disabled, nothing is recorded", async () => {
    instrumentation.disable();
    expect(await near.call("v2.greeter.hello", { name: "Ada" })).toEqual({ name: "Ada" });
    instrumentation.enable();
    expect(await calls(collecting, "server")).toEqual({});
  });

  test("after a restart, running handlers are in flight", async () => {
    near.emit("order.long");
    const expectGauges = restarted(instrumentation, instrumented, begin, {});
    await expectGauges({ "messages.in_flight": 1 });
    open();
    await expectGauges({ "messages.in_flight": 0 });
  });
});
