import { expect, test } from "vitest";
import { Messaging } from "tachymeter/facades";
import { BullMqInstrumentation } from "../../../instrumentations/bullmq/instrumentation.ts";
import { InstrumentationOptionsError } from "../../../instrumentations/shared/index.ts";
import { MqttInstrumentation } from "../../../instrumentations/mqtt/instrumentation.ts";

// As plain JavaScript may give it.
function configOf(config: object): object {
  return { enabled: false, ...config };
}

test("a hook refuses all that is wrong at once: what it does not know and what it cannot use", () => {
  const make = (): unknown =>
    new BullMqInstrumentation(
      configOf({ destination: 3, queueSizeIntervall: 10, queueSizeInterval: -1, messaging: {} }),
    );
  expect(make).toThrow(InstrumentationOptionsError);
  expect(make).toThrow(
    'instrumentation "bullmq": option "destination" is 3, which is not usable; give a function that gives a ' +
      'destination\'s name of what the library calls it; option "queueSizeIntervall" is 10, which is not usable; give ' +
      "one of enabled, messaging, destination, maxDestinations, queueSizeInterval in its place; option " +
      '"queueSizeInterval" is -1, which is not usable; give a number of seconds from 0 to 2147483; option "messaging" is ' +
      "{}, which is not usable; give a Messaging",
  );
  expect(make).toThrow(expect.objectContaining({ code: "TACHYMETER_INSTRUMENTATION_OPTIONS" }));
});

test("what it knows and can use it takes, and what is undefined is not there", () => {
  const config = configOf({ messaging: new Messaging(), destination: undefined, queueSizeInterval: 0 });
  expect(new BullMqInstrumentation(config).getConfig()).toEqual(config);
});

test("names of what every object has are no options", () => {
  expect(() => new MqttInstrumentation(configOf({ toString: String }))).toThrow('option "toString" is');
  expect(() => new MqttInstrumentation(configOf({ enabled: "yes" }))).toThrow("give true or false");
});

test("another configuration that cannot be used changes nothing", () => {
  const instrumentation = new MqttInstrumentation({ enabled: false });
  const before = instrumentation.getConfig();
  expect(() => instrumentation.setConfig(configOf({ destination: "all" }))).toThrow(
    InstrumentationOptionsError,
  );
  expect(instrumentation.getConfig()).toBe(before);
});
