import { diag, DiagLogLevel, type MeterProvider } from "@opentelemetry/api";
import type { InstrumentationConfig } from "@opentelemetry/instrumentation";
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
  /** Told of each time that the hook begins. */
  onBegin?: () => void;
  /** Called with each message, before it is counted. */
  onMessage?: (text: unknown) => void;
  /** The methods to replace, in this order. */
  methods?: readonly string[];
}

// A kind of its own for each test: what one has found of the library is there for the next one of its kind.
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
      versions: [">=1.2.0 <3", "4.0.0"],
    })),
  };
}

/** Counts the messages of package `courier`, by the file in which its channel is. */
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

test.each(["1.2.0", "2.9.9", "4.0.0"])("a library of version %s is hooked", async (version) => {
  hook();
  const { Channel } = load(install(version));
  expect(new Channel().send("one")).toBe("sent one");
  expect(await sent()).toBe(1);
  expect(warnings).toEqual([]);
});

test.each(["1.1.9", "3.0.0", "2.0.0-beta.1"])(
  "a library of version %s is left alone, which is said once",
  async (version) => {
    hook();
    const require = install(version);
    const { Channel } = load(require);
    load(require, "courier/lib/other.js");
    load(install(version));
    new Channel().send("one");
    expect(await sent()).toBe(0);
    expect(warnings).toEqual([
      `instrumentation courier: courier ${version} is not instrumented; supported versions: >=1.2.0 <3 and 4.0.0`,
    ]);
  },
);

test("two copies of a library are hooked both, also one of them alone that is supported", async () => {
  hook();
  const copies = [load(install("1.2.0")), load(install("2.0.0")), load(install("3.0.0"))];
  for (const { Channel } of copies) new Channel().send("one");
  expect(await sent()).toBe(2);
  expect(warnings).toHaveLength(1);
});

test("nothing begins before a library is loaded, and then once for all of its files", async () => {
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

test("a library that is not what it should be is left alone, and said so", async () => {
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

test("a file in which one of the methods is missing is not hooked by half", async () => {
  hook({ methods: ["send", "close", "acknowledge"] });
  const library = load(install("2.0.0"));
  expect(String(sendOf(library))).toContain('return "sent " + text');
  expect(new library.Channel().send("one")).toBe("sent one");
  expect(await sent()).toBe(0);
  expect(warnings).toHaveLength(1);
});

test("a library of which one file is not as expected is hooked in none", async () => {
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

test("a hook that cannot begin leaves the library alone, and is logged once", async () => {
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

test("a recording that fails is logged once, and the library goes on", async () => {
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

test("disabling puts the very same functions back, and enabling hooks the same once more", async () => {
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

test("a hook that is made disabled sees what is loaded once it is enabled", async () => {
  const instrumentation = hook({ enabled: false });
  const [before, after] = [install("2.0.0"), install("2.0.0")];
  new (load(before).Channel)().send("one");
  instrumentation.enable();
  new (load(after).Channel)().send("two");
  expect(await sent()).toBe(1);
});

test("a library that is loaded while the hook is disabled is hooked once when it is enabled", async () => {
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

test("another hook of a kind goes on with the libraries that an earlier one has found", async () => {
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

test("two hooks of a kind both see what is loaded later", async () => {
  const kind = courier();
  const next = collectingProvider();
  hookOf(kind);
  hookOf(kind, {}, next.provider);
  const { Channel } = load(install("2.0.0"));
  new Channel().send("one");
  expect([await sent(), await sent("lib/channel.js", next)]).toEqual([1, 1]);
});

test("a library that was loaded before the hook came is not measured, which is said once", async () => {
  const { Channel } = load(install("2.0.0"));
  const instrumentation = hook();
  instrumentation.disable();
  instrumentation.enable();
  new Channel().send("one");
  expect(await sent()).toBe(0);
  expect(warnings).toEqual([
    "instrumentation courier: courier was loaded before Tachymeter, and is not measured; load Tachymeter first: node --import tachymeter/register",
  ]);
});

test("another meter provider gets what comes from then on", async () => {
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

test("another configuration holds from then on, and one that is set while disabled waits", async () => {
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

test("a method that somebody else has wrapped meanwhile stays wrapped by them", async () => {
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

test("what it found, and that it found it, is told to who debugs", () => {
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

test("a library of another version does not have the code loaded", () => {
  let loads = 0;
  const instrumentation = new LibraryInstrumentation(courier(), {}, () => {
    loads++;
    return begin;
  });
  instrumentations.push(instrumentation);
  load(install("3.0.0"));
  expect(loads).toBe(0);
});
