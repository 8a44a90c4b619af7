// Responses of the bridge to arbitrary input.
import fc from "fast-check";
import { expect, test } from "vitest";
import { bridge } from "./bridges.ts";
import { newFolder } from "../../kit/new-folder.ts";

const revoked = Proxy.revocable({}, {});
revoked.revoke();
const refusing = new Proxy([], {
  ownKeys: () => fail(),
  get: () => fail(),
  getPrototypeOf: () => fail(),
});

function fail(): never {
  throw Object.create(null);
}

// Functions that return the values, because fast-check inspects values directly.
const anything = fc.oneof(
  fc
    .anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true })
    .map((value) => (): unknown => value),
  fc.constantFrom<() => unknown>(
    () => revoked.proxy,
    () => refusing,
    () => ({ toJSON: fail }),
    () => ({ [Symbol.toPrimitive]: fail }),
    () => Symbol("s"),
    () => fail,
  ),
);
const CODES = ["INVALID_EVENT", "LOOP_DETECTED", "INVALID_AGGREGATION", "RETRIEVAL_FAILURE"];

function codeOf(answer: { readonly status: string; readonly error?: { readonly code: string } }): unknown {
  return answer.error?.code ?? answer.status;
}

test("calls with arbitrary arguments get a response, and no storage failure", async () => {
  const telemetry = bridge({ logger_config: { log_path: `${newFolder("bridge")}/errors.jsonl` } });
  await fc.assert(
    fc.asyncProperty(anything, anything, anything, anything, async (...given) => {
      const [a, b, c, d] = given.map((give) => give());
      const event = { event_type: "a", source: "b", event_id: a, data: b, labels: c, metadata: d };
      const answers = [
        // @ts-expect-error: what the types forbid is answered, too
        await telemetry.recordEvent(a),
        // @ts-expect-error: what the types forbid is answered, too
        await telemetry.recordEvent(event),
        // @ts-expect-error: what the types forbid is answered, too
        await telemetry.recordMetric(a, b, c, d),
        // @ts-expect-error: what the types forbid is answered, too
        await telemetry.recordMetric("m", 1, a),
        // @ts-expect-error: what the types forbid is answered, too
        await telemetry.getMetrics(a, b, c),
        // @ts-expect-error: what the types forbid is answered, too
        await telemetry.getMetrics(a, [b, c]),
      ];
      expect(["success", ...CODES]).toEqual(expect.arrayContaining(answers.map(codeOf)));
    }),
  );
  expect((await telemetry.healthCheck()).status).toBe("degraded");
});
