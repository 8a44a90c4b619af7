// A library whose newer versions publish their calls, in files and in a bundle.
import { channel } from "node:diagnostics_channel";
import type { InstrumentationConfig } from "@opentelemetry/instrumentation";
import { afterEach, beforeEach, expect, test } from "vitest";
import { prototypeOf } from "../../../instrumentations/shared/exports.ts";
import type { Attach } from "../../../instrumentations/shared/instrumented.ts";
import { LibraryInstrumentation } from "../../../instrumentations/shared/library-instrumentation.ts";
import type { Recording } from "../../../instrumentations/shared/recording.ts";
import { withMissedMessage } from "../../../src/recording/first-message.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import { type ChannelLibrary, install } from "./library.ts";

const MESSAGE = "tracing:courier:send:start";

let collecting: Collecting;
let instrumentations: LibraryInstrumentation<InstrumentationConfig>[];

beforeEach(() => {
  collecting = collectingProvider();
  instrumentations = [];
});

afterEach(() => {
  for (const instrumentation of instrumentations) instrumentation.disable();
});

/** Counts the messages of package `courier`, by the file of its channel, or those that a bundle publishes. */
function begin(recording: Recording<InstrumentationConfig>): Attach {
  const counter = recording.meter.createCounter("sent");
  if (recording.isBundled) recording.subscribe(MESSAGE, () => counter.add(1, { path: "bundle" }));
  return (exports, { path }) => {
    recording.before(prototypeOf(exports, "Channel"), "send", () => counter.add(1, { path }));
  };
}

function hookPublished(): LibraryInstrumentation<InstrumentationConfig> {
  const publishing = {
    name: "courier",
    options: {},
    files: [{ library: "courier", path: "lib/channel.js", versions: [">=1.2.0 <3"] }],
    channels: [MESSAGE],
    publishedSince: "2.0.0",
  };
  const instrumentation = new LibraryInstrumentation(publishing, {}, () => begin);
  instrumentation.setMeterProvider(collecting.provider);
  instrumentations.push(instrumentation);
  return instrumentation;
}

function load(version: string): ChannelLibrary {
  const library: ChannelLibrary = install(version)("courier");
  return library;
}

async function sent(path: string): Promise<unknown> {
  return (await collecting.point("sent", { path })) ?? 0;
}

test("a library in a bundle is measured from its first message on", async () => {
  const instrumentation = hookPublished();
  for (const text of ["one", "two"]) channel(MESSAGE).publish({ text });
  expect(await sent("bundle")).toBe(2);
  instrumentation.disable();
  await Promise.resolve();
  expect(channel(MESSAGE).hasSubscribers).toBe(false);
  channel(MESSAGE).publish({ text: "three" });
  instrumentation.enable();
  channel(MESSAGE).publish({ text: "four" });
  expect(await sent("bundle")).toBe(3);
});

test("the message that starts the instrumentations of a thread is counted, by one recording", async () => {
  withMissedMessage(MESSAGE, { text: "one" }, hookPublished);
  expect(await sent("bundle")).toBe(1);
  channel(MESSAGE).publish({ text: "two" });
  expect(await sent("bundle")).toBe(2);
});

test("a file of a version that publishes is patched, and its messages are not counted twice", async () => {
  hookPublished();
  channel(MESSAGE).publish({ text: "of a bundle" });
  const { Channel } = load("2.0.0");
  await Promise.resolve();
  expect(channel(MESSAGE).hasSubscribers).toBe(false);
  channel(MESSAGE).publish({ text: "one" });
  new Channel().send("one");
  expect([await sent("lib/channel.js"), await sent("bundle")]).toEqual([1, 1]);
});

test("no message is requested of a version that is patched from the start", async () => {
  const instrumentation = hookPublished();
  load("2.0.0");
  instrumentation.setConfig({});
  await Promise.resolve();
  expect(channel(MESSAGE).hasSubscribers).toBe(false);
});

test("a file of a version that does not publish is patched beside a bundle", async () => {
  hookPublished();
  const { Channel } = load("1.9.0");
  new Channel().send("one");
  channel(MESSAGE).publish({ text: "of a bundle" });
  new Channel().send("two");
  expect([await sent("lib/channel.js"), await sent("bundle")]).toEqual([2, 1]);
});
