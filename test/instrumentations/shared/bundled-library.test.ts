// A library whose newer versions publish their calls, in files and in a bundle.
import { channel } from "node:diagnostics_channel";
import type { InstrumentationConfig } from "../../../src/options/instrumentation.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { prototypeOf } from "../../../instrumentations/shared/exports.ts";
import type { Attach } from "../../../instrumentations/shared/instrumented.ts";
import { LibraryInstrumentation } from "../../../instrumentations/shared/library-instrumentation.ts";
import type { Recording } from "../../../instrumentations/shared/recording.ts";
import { BUNDLED_FILES, type BundledFile } from "../../../src/recording/bundled-files.ts";
import { withMissedMessage } from "../../../src/recording/first-message.ts";
import { watchFirstLibrary } from "../../../src/sdk/watch-first-library.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
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
  listed().length = 0;
});

/** The list to which files add themselves, if the plugin of `tachymeter/bundler` was used. */
function listed(): BundledFile[] {
  const key = Symbol.for(BUNDLED_FILES);
  Reflect.set(globalThis, key, Reflect.get(globalThis, key) ?? []);
  return Reflect.get(globalThis, key);
}

/** Runs a file of the library as part of a bundle. */
function runBundled(version: string, path = "lib/channel.js"): ChannelLibrary {
  class Channel {
    send(text: string): string {
      return `sent ${text}`;
    }
    close(): void {}
  }
  listed().push({ library: "courier", version, path, module: { exports: { Channel } } });
  return { Channel };
}

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

test("a library that was loaded before is measured by what it publishes, and a warning says so", async () => {
  const warnings = collectWarnings();
  const { Channel } = load("2.0.0");
  hookPublished();
  new Channel().send("one");
  channel(MESSAGE).publish({ text: "one" });
  expect([await sent("lib/channel.js"), await sent("bundle")]).toEqual([0, 1]);
  expect(warnings).toEqual([
    expect.stringContaining(
      "courier was loaded before Tachymeter, and is measured only by what it publishes, from version 2.0.0 on; load",
    ),
  ]);
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

test("a file of a bundle is patched when it is run, as the plugin of the bundler makes possible", async () => {
  hookPublished();
  const { Channel } = runBundled("1.9.0");
  new Channel().send("one");
  expect(await sent("lib/channel.js")).toBe(1);
});

test("a library in a bundle that publishes and is patched is counted once", async () => {
  hookPublished();
  const { Channel } = runBundled("2.0.0");
  new Channel().send("one");
  channel(MESSAGE).publish({ text: "one" });
  expect([await sent("lib/channel.js"), await sent("bundle")]).toEqual([1, 0]);
});

test("a file of a bundle that was run while the instrumentation was disabled is patched later", async () => {
  const instrumentation = hookPublished();
  instrumentation.disable();
  const { Channel } = runBundled("1.9.0");
  new Channel().send("one");
  instrumentation.enable();
  new Channel().send("two");
  expect(await sent("lib/channel.js")).toBe(1);
});

test("a file of a bundle that was run before is reported, like one that was loaded before", () => {
  const { Channel } = runBundled("1.9.0");
  const warnings = collectWarnings();
  hookPublished();
  expect(warnings).toEqual([
    "instrumentation courier: courier was loaded before Tachymeter, and is measured only by what it publishes, from version 2.0.0 on; load Tachymeter first: node --import tachymeter/register, or --import of a file that calls start(); see tachymeter/docs/troubleshooting.md",
  ]);
  expect(new Channel().send("one")).toBe("sent one");
});

test("files of a bundle that are of other versions, libraries or paths are left alone", async () => {
  hookPublished();
  const warnings = collectWarnings();
  const channels = [runBundled("3.0.0"), runBundled("2.0.0-rc.1"), runBundled("1.9.0", "lib/other.js")];
  listed().push({ library: "other", version: "1.9.0", module: { exports: undefined } });
  listed().push({ library: "courier", version: "1.9.0", path: "lib/channel.js", module: { exports: null } });
  for (const { Channel } of channels) new Channel().send("one");
  expect(await sent("lib/channel.js")).toBe(0);
  expect(warnings.map((each) => each.split(";", 1)[0])).toEqual([
    "instrumentation courier: courier 3.0.0 is not instrumented",
    "instrumentation courier: courier 2.0.0-rc.1 is not instrumented",
    expect.stringContaining("lib/channel.js is not as expected"),
  ]);
});

test("garbage in the list of files never reaches the program that adds it", () => {
  hookPublished();
  expect(() => Reflect.apply(Array.prototype.push, listed(), [undefined])).not.toThrow();
  expect(() => Reflect.apply(Reflect.get(listed(), "push"), listed(), [undefined, 7, {}])).not.toThrow();
  expect(() => hookPublished()).not.toThrow();
});

test("the instrumentations of a thread begin with its first instrumented file of a bundle", () => {
  let begun = 0;
  watchFirstLibrary({ libraries: ["courier"], channels: [], hooked: [], requests: false }, () => {
    begun++;
  });
  listed().push({ library: "other", version: "1.0.0", module: { exports: {} } });
  expect(begun).toBe(0);
  for (let i = 0; i < 2; i++) {
    runBundled("1.9.0");
    expect(begun).toBe(1);
  }
});
