import { diag, DiagLogLevel, type MeterProvider } from "@opentelemetry/api";
import type { InstrumentationConfig } from "../../../src/options/instrumentation.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { prototypeOf } from "../../../instrumentations/shared/exports.ts";
import type { Attach, Instrumented } from "../../../instrumentations/shared/instrumented.ts";
import { LibraryInstrumentation } from "../../../instrumentations/shared/library-instrumentation.ts";
import type { Recording } from "../../../instrumentations/shared/recording.ts";
import { functionOption } from "../../../instrumentations/shared/options.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import { type ChannelLibrary, install } from "./library.ts";

interface Config extends InstrumentationConfig {
  /** Called each time that the instrumentation starts recording. */
  onBegin?: () => void;
  /** Called with each message, before it is counted. */
  onMessage?: (text: unknown) => void;
  /** The methods to replace, in this order. */
  methods?: readonly string[];
}

// A separate kind for each test: the files found by one instrumentation are shared with the next one of its kind.
function courier(): Instrumented<Config> {
  return {
    name: "courier",
    options: {
      onBegin: functionOption("a function"),
      onMessage: functionOption("a function of each message"),
      methods: { must: "be a list of methods", read: (value) => (Array.isArray(value) ? value : undefined) },
    },
    files: ["lib/channel.js", "lib/other.js"].map((path) => ({
      library: "courier",
      path,
      versions: [">=1.2.0 <3", "4.0.0", "5.0.0-next.2"],
    })),
  };
}

/** Counts the messages of package `courier`, by the file that contains its channel. */
function begin(recording: Recording<Config>): Attach {
  const { onBegin, onMessage, methods = ["send"] } = recording.config;
  onBegin?.();
  const counter = recording.meter.createCounter("sent");
  return (exports, { path }) => {
    for (const method of methods) {
      recording.wrap(
        prototypeOf(exports, "Channel"),
        method,
        (original) =>
          function (...args) {
            try {
              onMessage?.(args[0]);
              counter.add(1, { path });
            } catch (error) {
              recording.failed(error);
            }
            return Reflect.apply(original, this, args);
          },
      );
    }
  };
}

let collecting: Collecting;
let warnings: readonly string[];
let instrumentations: LibraryInstrumentation<Config>[];

beforeEach(() => {
  collecting = collectingProvider();
  warnings = collectWarnings();
  instrumentations = [];
});

afterEach(() => {
  for (const instrumentation of instrumentations) instrumentation.disable();
  diag.disable();
});

function hook(
  config: Config = {},
  provider: MeterProvider = collecting.provider,
): LibraryInstrumentation<Config> {
  return hookOf(courier(), config, provider);
}

function hookOf(
  kind: Instrumented<Config>,
  config: Config = {},
  provider: MeterProvider = collecting.provider,
): LibraryInstrumentation<Config> {
  const instrumentation = new LibraryInstrumentation(kind, config, () => begin);
  instrumentation.setMeterProvider(provider);
  instrumentations.push(instrumentation);
  return instrumentation;
}

function load(require: NodeJS.Require, file = "courier"): ChannelLibrary {
  const library: ChannelLibrary = require(file);
  return library;
}

async function sent(path = "lib/channel.js", from = collecting): Promise<unknown> {
  return (await from.point("sent", { path })) ?? 0;
}

function sendOf({ Channel }: ChannelLibrary): unknown {
  return Reflect.get(Channel.prototype, "send");
}

test.each(["1.2.0", "2.9.9", "4.0.0", "4.0.0+build-5", "5.0.0-next.2"])(
  "a library of version %s is instrumented",
  async (version) => {
    hook();
    const { Channel } = load(install(version));
    expect(new Channel().send("one")).toBe("sent one");
    expect(await sent()).toBe(1);
    expect(warnings).toEqual([]);
  },
);

test.each(["1.1.9", "3.0.0", "2.0.0-beta.1", "5.0.0-next.1"])(
  "a library of version %s is not instrumented, which is logged once",
  async (version) => {
    hook();
    const require = install(version);
    const { Channel } = load(require);
    load(require, "courier/lib/other.js");
    load(install(version));
    new Channel().send("one");
    expect(await sent()).toBe(0);
    expect(warnings).toEqual([
      `instrumentation courier: courier ${version} is not instrumented; supported versions: >=1.2.0 <3 and 4.0.0 and 5.0.0-next.2`,
    ]);
  },
);

test("both copies of a library are instrumented, or only the supported one", async () => {
  hook();
  const copies = [load(install("1.2.0")), load(install("2.0.0")), load(install("3.0.0"))];
  for (const { Channel } of copies) new Channel().send("one");
  expect(await sent()).toBe(2);
  expect(warnings).toHaveLength(1);
});

test("recording starts once a library is loaded, and only once for all of its files", async () => {
  let begun = 0;
  hook({ onBegin: () => begun++ });
  expect(begun).toBe(0);
  const require = install("2.0.0");
  const [main, other] = [load(require), load(require, "courier/lib/other.js")];
  expect(begun).toBe(1);
  new main.Channel().send("one");
  new other.Channel().send("two");
  expect([await sent(), await sent("lib/other.js")]).toEqual([1, 1]);
});

test("a library that is not as expected is not instrumented, which is logged", async () => {
  hook();
  const { Channel } = load(
    install("2.0.0", {
      "lib/channel.js": "exports.Channel = class Channel { transmit(text) { return text; } };",
    }),
  );
  expect(Reflect.ownKeys(Channel.prototype)).toEqual(["constructor", "transmit"]);
  expect(warnings).toEqual([
    "instrumentation courier: courier is not instrumented: lib/channel.js is not as expected",
  ]);
});

test("a file in which one of the methods is missing is not instrumented at all", async () => {
  hook({ methods: ["send", "close", "acknowledge"] });
  const library = load(install("2.0.0"));
  expect(String(sendOf(library))).toContain('return "sent " + text');
  expect(new library.Channel().send("one")).toBe("sent one");
  expect(await sent()).toBe(0);
  expect(warnings).toHaveLength(1);
});

test("a library with one unexpected file is not instrumented in any file", async () => {
  hook();
  const require = install("2.0.0", { "lib/other.js": "exports.Other = class {};" });
  const { Channel } = load(require);
  new Channel().send("one");
  expect(await sent()).toBe(1);
  load(require, "courier/lib/other.js");
  new Channel().send("two");
  expect(await sent()).toBe(1);
  expect(warnings).toEqual([
    "instrumentation courier: courier is not instrumented: lib/other.js is not as expected",
  ]);
});

test("an instrumentation that cannot start changes nothing, and is logged once", async () => {
  hook({
    onBegin: () => {
      throw new Error("not today");
    },
  });
  const require = install("2.0.0");
  const { Channel } = load(require);
  load(require, "courier/lib/other.js");
  expect(new Channel().send("one")).toBe("sent one");
  expect(await sent()).toBe(0);
  expect(warnings).toEqual([
    expect.stringContaining("instrumentation courier: something could not be recorded"),
  ]);
});

test("a failing recording is logged once, and the library continues", async () => {
  hook({
    onMessage: (text) => {
      if (text !== "good") throw new RangeError("cannot count this");
    },
  });
  const channel = new (load(install("2.0.0")).Channel)();
  expect(["bad", "good", "worse"].map((text) => channel.send(text))).toEqual([
    "sent bad",
    "sent good",
    "sent worse",
  ]);
  expect(await sent()).toBe(1);
  expect(warnings).toEqual(["instrumentation courier: something could not be recorded; this is logged once"]);
});

test("disabling restores the original functions, and enabling replaces them again", async () => {
  const instrumentation = hook();
  const library = load(install("2.0.0"));
  const channel = new library.Channel();
  const hooked = sendOf(library);
  channel.send("one");
  expect(await sent()).toBe(1);
  instrumentation.disable();
  instrumentation.disable();
  expect(sendOf(library)).not.toBe(hooked);
  expect(String(sendOf(library))).toContain('return "sent " + text');
  channel.send("two");
  expect(await sent()).toBe(1);
  instrumentation.enable();
  instrumentation.enable();
  channel.send("three");
  expect(await sent()).toBe(2);
});

test("an instrumentation that is created disabled sees libraries once it is enabled", async () => {
  const instrumentation = hook({ enabled: false });
  const [before, after] = [install("2.0.0"), install("2.0.0")];
  new (load(before).Channel)().send("one");
  instrumentation.enable();
  new (load(after).Channel)().send("two");
  expect(await sent()).toBe(1);
});

test("a library that is loaded while the instrumentation is disabled is instrumented once when it is enabled", async () => {
  let begun = 0;
  const instrumentation = hook({ onBegin: () => begun++ });
  load(install("2.0.0"));
  instrumentation.disable();
  const { Channel } = load(install("2.0.0"));
  instrumentation.enable();
  new Channel().send("one");
  expect(await sent()).toBe(1);
  expect(begun).toBe(2);
});

test("another instrumentation of the same kind continues with the libraries found by an earlier one", async () => {
  const kind = courier();
  const earlier = hookOf(kind);
  const { Channel } = load(install("2.0.0"));
  const channel = new Channel();
  channel.send("one");
  earlier.disable();
  channel.send("two");
  const next = collectingProvider();
  const later = hookOf(kind, {}, next.provider);
  channel.send("three");
  expect([await sent(), await sent("lib/channel.js", next)]).toEqual([1, 1]);
  later.disable();
  channel.send("four");
  expect(await sent("lib/channel.js", next)).toBe(1);
  expect(warnings).toEqual([]);
});

test("two instrumentations of the same kind both see libraries that are loaded later", async () => {
  const kind = courier();
  const next = collectingProvider();
  hookOf(kind);
  hookOf(kind, {}, next.provider);
  const { Channel } = load(install("2.0.0"));
  new Channel().send("one");
  expect([await sent(), await sent("lib/channel.js", next)]).toEqual([1, 1]);
});

test("a library that was loaded before the instrumentation is not measured, which is logged once", async () => {
  const { Channel } = load(install("2.0.0"));
  const instrumentation = hook();
  instrumentation.disable();
  instrumentation.enable();
  new Channel().send("one");
  expect(await sent()).toBe(0);
  expect(warnings).toEqual([
    "instrumentation courier: courier was loaded before Tachymeter, and is not measured; load Tachymeter first: node --import tachymeter/register, or --import of a file that calls start(); see tachymeter/docs/troubleshooting.md",
  ]);
});

test("another meter provider receives all measurements from then on", async () => {
  const instrumentation = hook();
  const { Channel } = load(install("2.0.0"));
  const channel = new Channel();
  channel.send("one");
  const next = collectingProvider();
  instrumentation.setMeterProvider(next.provider);
  channel.send("two");
  channel.send("three");
  expect([await sent(), await sent("lib/channel.js", next)]).toEqual([1, 2]);
});

test("another configuration applies from then on, and one set while disabled applies later", async () => {
  const seen: unknown[] = [];
  const instrumentation = hook();
  const { Channel } = load(install("2.0.0"));
  const channel = new Channel();
  channel.send("one");
  instrumentation.setConfig({ onMessage: (text) => seen.push(text) });
  channel.send("two");
  instrumentation.disable();
  instrumentation.setConfig({ onMessage: (text) => seen.push(`again ${String(text)}`) });
  channel.send("three");
  instrumentation.enable();
  channel.send("four");
  expect(seen).toEqual(["two", "again four"]);
  expect(await sent()).toBe(3);
});

test("a method that was wrapped by other code meanwhile stays wrapped", async () => {
  const instrumentation = hook();
  const library = load(install("2.0.0"));
  const ours = sendOf(library);
  const theirs = function (this: unknown, ...args: readonly unknown[]): unknown {
    return typeof ours === "function" ? `their ${Reflect.apply(ours, this, args)}` : undefined;
  };
  Reflect.set(library.Channel.prototype, "send", theirs);
  const channel = new library.Channel();
  expect(channel.send("one")).toBe("their sent one");
  instrumentation.disable();
  expect(sendOf(library)).toBe(theirs);
  expect(channel.send("two")).toBe("their sent two");
  expect(await sent()).toBe(1);
});

test("found libraries are logged at debug level", () => {
  const told: string[] = [];
  const tell = (text: string): void => void told.push(text);
  const ignore = (): void => {};
  diag.setLogger(
    { error: ignore, warn: ignore, info: ignore, debug: tell, verbose: ignore },
    { logLevel: DiagLogLevel.DEBUG, suppressOverrideMessage: true },
  );
  hook();
  load(install("2.0.0"));
  expect(told).toContain("instrumentation courier: found courier 2.0.0");
});

test("the code of an instrumentation is loaded with its library, once", async () => {
  let loads = 0;
  const instrumentation = new LibraryInstrumentation(courier(), {}, () => {
    loads++;
    return begin;
  });
  instrumentations.push(instrumentation);
  instrumentation.setMeterProvider(collecting.provider);
  expect(loads).toBe(0);
  const { Channel } = load(install("2.0.0"));
  new Channel().send("one");
  expect([loads, await sent()]).toEqual([1, 1]);
});

test("a library of another version does not load the code", () => {
  let loads = 0;
  const instrumentation = new LibraryInstrumentation(courier(), {}, () => {
    loads++;
    return begin;
  });
  instrumentations.push(instrumentation);
  load(install("3.0.0"));
  expect(loads).toBe(0);
});

test("an error while it waits for its first use is logged, and does not reach the application", () => {
  const failing = { ...courier(), files: [], onFirstUse: (): never => expect.fail("told to") };
  const instrumentation = new LibraryInstrumentation(failing, {}, () => begin);
  instrumentations.push(instrumentation);
  expect(warnings).toEqual([
    expect.stringContaining("instrumentation courier: records nothing, since its first use cannot be seen"),
  ]);
});
