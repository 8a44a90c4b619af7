import { expect, test } from "vitest";
import { Messaging } from "tachymeter/facades";
import { bullMq as instrumentedBullMq } from "../../../instrumentations/bullmq/index.ts";
import { begin as beginBullMq } from "../../../instrumentations/bullmq/instrumentation.ts";
import { OptionsError } from "../../../src/options/options-error.ts";
import { mqtt as instrumentedMqtt } from "../../../instrumentations/mqtt/index.ts";
import { begin as beginMqtt } from "../../../instrumentations/mqtt/instrumentation.ts";
import { instrumentationOf } from "../instrumentation-of.ts";

// The config in the form of plain JavaScript.
function configOf(config: object): object {
  return { enabled: false, ...config };
}

test("an instrumentation reports all problems at once: unknown and invalid options", () => {
  const make = (): unknown =>
    instrumentationOf(
      instrumentedBullMq,
      beginBullMq,
      configOf({ destination: 3, queueSizeIntervall: 10, queueSizeInterval: -1, messaging: {} }),
    );
  expect(make).toThrow(OptionsError);
  expect(make).toThrow(
    'instrumentation "bullmq": 4 problems; see tachymeter/docs/configuration.md\n' +
      "  queueSizeIntervall must be an existing option, such as queueSizeInterval, got 10\n" +
      "  messaging must be a Messaging, got {}\n" +
      "  destination must be a function that returns a destination's name for the name used by the library, got 3\n" +
      "  queueSizeInterval must be a number of seconds from 0 to 2147483, got -1",
  );
  expect(make).toThrow(expect.objectContaining({ code: "TACHYMETER_CONFIGURATION" }));
});

test("valid options are accepted, and undefined ones are ignored", () => {
  const config = configOf({ messaging: new Messaging(), destination: undefined, queueSizeInterval: 0 });
  expect(instrumentationOf(instrumentedBullMq, beginBullMq, config).getConfig()).toEqual(config);
});

test("names of properties that every object has are not options", () => {
  expect(() => instrumentationOf(instrumentedMqtt, beginMqtt, configOf({ toString: String }))).toThrow(
    "toString must be one of the options",
  );
  expect(() => instrumentationOf(instrumentedMqtt, beginMqtt, configOf({ enabled: "yes" }))).toThrow(
    "enabled must be true or false",
  );
});

test("another configuration that is invalid changes nothing", () => {
  const instrumentation = instrumentationOf(instrumentedMqtt, beginMqtt, { enabled: false });
  const before = instrumentation.getConfig();
  expect(() => instrumentation.setConfig(configOf({ destination: "all" }))).toThrow(OptionsError);
  expect(instrumentation.getConfig()).toBe(before);
});
