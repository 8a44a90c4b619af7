import { diag } from "@opentelemetry/api";
import { Messaging } from "../../../src/facades/messaging/index.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type DestinationNaming, Destinations } from "../../../instrumentations/shared/destinations.ts";
import type { MessagingConfig } from "../../../instrumentations/shared/options.ts";
import { Recording } from "../../../instrumentations/shared/recording.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";

let collecting: Collecting;

beforeEach(() => {
  collecting = collectingProvider();
});

afterEach(() => diag.disable());

function newDestinations(
  config: MessagingConfig = {},
  naming: DestinationNaming = { system: "courier" },
): Destinations {
  const { provider: meterProvider } = collecting;
  const recording = new Recording({
    name: "courier",
    config,
    meterProvider,
    meter: meterProvider.getMeter("test"),
  });
  return new Destinations(recording, naming);
}

async function sent(name: string, of: object = {}): Promise<unknown> {
  return collecting.point("messages.sent", {
    "messaging.system.name": "courier",
    "messaging.destination.name": name,
    ...of,
  });
}

test("messages are counted by the library's name of their destination, with one handle for each", async () => {
  const destinations = newDestinations();
  const jobs = destinations.of("jobs");
  jobs.sent();
  destinations.of("jobs").sent(2);
  expect(destinations.of("jobs")).toBe(jobs);
  expect(await sent("jobs")).toBe(3);
});

test("names that the instrumentation maps to one are one destination", async () => {
  const nameOf = (given: string): string => given.replace(/\d+/, "+");
  const destinations = newDestinations({}, { system: "courier", nameOf });
  expect(destinations.of("device/1")).toBe(destinations.of("device/2"));
  destinations.of("device/1").sent();
  expect(await sent("device/+")).toBe(1);
});

test("the instrumentation's attributes are on all destinations", async () => {
  const destinations = newDestinations({}, { system: "courier", attributes: { room: "cellar" } });
  destinations.of("jobs").sent();
  expect(await sent("jobs", { room: "cellar" })).toBe(1);
});

test("the option names destinations in place of the instrumentation, and a failure is logged once", async () => {
  const warnings = collectWarnings();
  const destination = (given: string): string => {
    if (given === "bad") throw new Error("no name");
    const names: Record<string, string> = { jobs: "work" };
    return Reflect.get(names, given);
  };
  const destinations = newDestinations({ destination });
  for (const given of ["jobs", "bad", "nameless"]) destinations.of(given).sent();
  expect([await sent("work"), await sent("bad"), await sent("nameless")]).toEqual([1, 1, 1]);
  expect(warnings).toEqual([expect.stringContaining('instrumentation courier: option "destination" failed')]);
});

test("a facade in the options records", async () => {
  const other = collectingProvider();
  const messaging = new Messaging({ meterProvider: other.provider });
  newDestinations({ messaging }).of("jobs").sent();
  expect(await sent("jobs")).toBe(undefined);
  expect((await other.points("messages.sent")).map(({ value }) => value)).toEqual([1]);
});

test("the first 100 of thousands of names are distinguished, and every message counts", async () => {
  const destinations = newDestinations();
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 2_500; i++) destinations.of(`reply-${i}`).sent();
  }
  const points = await collecting.points("messages.sent");
  expect(points).toHaveLength(101);
  expect(await sent("reply-99")).toBe(2);
  expect(await sent("_other")).toBe(2 * 2_400);
});

test("the maximum number of names is an option", async () => {
  const destinations = newDestinations({ maxDestinations: 2 });
  for (const given of ["a", "b", "c", "d"]) destinations.of(given).sent();
  expect([await sent("a"), await sent("b"), await sent("_other")]).toEqual([1, 1, 2]);
  const names = ["a", "b", "c"].map(
    (given) => destinations.attributesOf(given)["messaging.destination.name"],
  );
  expect(names).toEqual(["a", "b", "_other"]);
});
