import { diag } from "@opentelemetry/api";
import type { InstrumentationConfig } from "../../../src/options/instrumentation.ts";
import { afterEach, expect, test } from "vitest";
import { prototypeOf } from "../../../instrumentations/shared/exports.ts";
import type { Attach } from "../../../instrumentations/shared/instrumented.ts";
import { LibraryInstrumentation } from "../../../instrumentations/shared/library-instrumentation.ts";
import type { Recording } from "../../../instrumentations/shared/recording.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { install } from "./library.ts";

const versions = {
  name: "rebuilt",
  options: {},
  files: [
    { library: "courier", path: "lib/channel.js", versions: [">=1.0.0 <2"] },
    { library: "courier", versions: [">=2.0.0 <3"] },
  ],
};

/** Notes the file of package `courier`, whose build changed with version 2, that sent a message. */
function begin(recording: Recording<InstrumentationConfig>): Attach {
  return (exports, { path }) => {
    recording.wrap(
      prototypeOf(exports, "Channel"),
      "send",
      (send) =>
        function (...args) {
          return `${String(Reflect.apply(send, this, args))} by ${path ?? "the entry"}`;
        },
    );
  };
}

let instrumentation: LibraryInstrumentation<InstrumentationConfig> | undefined;

afterEach(() => {
  instrumentation?.disable();
  diag.disable();
});

test.each([
  ["1.5.0", "sent one by lib/channel.js", []],
  ["2.5.0", "sent one by the entry", []],
  [
    "3.0.0",
    "sent one",
    [
      "instrumentation rebuilt: courier 3.0.0 is not instrumented; supported versions: >=1.0.0 <2 and >=2.0.0 <3",
    ],
  ],
])(
  "a library that has changed its build is instrumented once, in version %s too",
  async (version, sent, logged) => {
    const warnings = collectWarnings();
    instrumentation = new LibraryInstrumentation({ ...versions }, {}, () => begin);
    const { Channel }: { readonly Channel: new () => { send(text: string): string } } =
      install(version)("courier");
    expect(new Channel().send("one")).toBe(sent);
    await Promise.resolve();
    expect(warnings).toEqual(logged);
  },
);

test("in imported CommonJS a class is found in the default export too", () => {
  const { Channel } = install("1.5.0")("courier");
  expect(prototypeOf({ default: { Channel } }, "Channel")).toBe(Channel.prototype);
  expect(() => prototypeOf({ default: {} }, "Channel")).toThrow('it exports no class as "Channel"');
});
