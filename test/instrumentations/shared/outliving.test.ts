import { expect, test } from "vitest";
import { outliving, outlivingValues } from "../../../instrumentations/shared/outliving.ts";
import { Recording } from "../../../instrumentations/shared/recording.ts";
import { heldBytes } from "../../engine/memory.ts";
import { collectingProvider } from "../../kit/collecting.ts";

const { provider: meterProvider } = collectingProvider();

function newRecording(name: string): Recording<object> {
  return new Recording({ name, config: {}, meterProvider, meter: meterProvider.getMeter("test") });
}

test("a recording continues with the state of the ended one of its instrumentation", () => {
  const stateOf = outliving(() => new Set<string>());
  const [first, other] = [newRecording("courier"), newRecording("post")];
  const state = stateOf(first);
  const ofOther = stateOf(other);
  first.end();
  other.end();
  expect(stateOf(newRecording("courier"))).toBe(state);
  expect(stateOf(newRecording("post"))).toBe(ofOther);
  expect(ofOther).not.toBe(state);
});

test("recordings at the same time have states of their own", () => {
  const stateOf = outliving(() => new Set<string>());
  const first = newRecording("courier");
  const state = stateOf(first);
  expect(stateOf(newRecording("courier"))).not.toBe(state);
  first.end();
  const later = newRecording("courier");
  expect(stateOf(later)).toBe(state);
  expect(stateOf(newRecording("courier"))).not.toBe(state);
});

test("values continue with the objects that exist, which nothing holds between two recordings", async () => {
  const lost: string[] = [];
  const valuesOf = outlivingValues<object, string>((value) => lost.push(value));
  const first = newRecording("courier");
  const kept = {};
  valuesOf(first).set(kept, "kept").set({}, "freed");
  first.end();
  await heldBytes();
  expect([...valuesOf(newRecording("courier"))]).toEqual([[kept, "kept"]]);
  expect(lost).toEqual(["freed"]);
});
