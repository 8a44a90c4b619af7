import fc from "fast-check";
import { expect, test } from "vitest";
import { type OtlpAnswer, otlpReceiver } from "../../kit/otlp-receiver/index.ts";
import { freePort } from "../../kit/process.ts";
import { isLong, seed } from "../../kit/test-length.ts";
import { collectionOf, queuedExporterTo, valuesOf } from "./queued-exporters.ts";
import { TurnedClock } from "./turned-clock.ts";
import { newFolder } from "../../kit/new-folder.ts";

const answer = fc.oneof(
  fc.constantFrom<OtlpAnswer>("ok", "cut", "garbage", 408, 429, 500, 502, 503, 504),
  fc.record({ status: fc.constantFrom(429, 503), retryAfter: fc.constantFrom("0", "3", "400", "soon") }),
);

test("whatever a receiver responds, everything arrives in order, and accepted records are never sent again", async () => {
  const receiver = await otlpReceiver();
  await fc.assert(
    fc.asyncProperty(
      fc.array(answer, { maxLength: 12 }),
      fc.array(fc.integer({ min: 0, max: 90_000 }), { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      async (answers, pauses, isDurable) => {
        const before = receiver.requests.length;
        receiver.next.push(...answers);
        const clock = new TurnedClock();
        const outbox = {
          directory: newFolder("outbox"),
          fsync: "never",
        } as const;
        const exporter = queuedExporterTo(receiver, clock, isDurable ? { outbox } : {});
        const produced = new AbortController();
        const produce = async (): Promise<void> => {
          for (const [i, pause] of pauses.entries()) {
            await exporter.exportCollection(collectionOf(i + 1));
            await clock.sleep(pause);
          }
          produced.abort();
        };
        void produce();
        await clock.turnUntil(() => produced.signal.aborted, 2);
        await clock.turnUntil(() => exporter.waiting.records === 0);
        await exporter.shutdown();
        const requests = receiver.requests.slice(before);
        receiver.next.length = 0;
        const accepted = valuesOf(requests.filter(({ isAccepted }) => isAccepted));
        expect(accepted).toEqual(pauses.map((_, i) => i + 1));
        expect(valuesOf(requests)).toEqual(valuesOf(requests).toSorted((a, b) => a - b));
      },
    ),
    { numRuns: isLong ? 1_000 : 40, seed },
  );
});

test("synchronous exports reach the next process", async () => {
  const port = await freePort();
  const target = { url: `http://127.0.0.1:${port}` };
  const outbox = { directory: newFolder("outbox") };
  const receiver = await otlpReceiver(port);
  receiver.answer = 503;
  const first = queuedExporterTo({ ...receiver, ...target }, new TurnedClock(), { outbox });
  // Called before the outbox is open.
  first.exportCollectionSync(collectionOf(1));
  await first.exportCollection(collectionOf(2));
  first.exportCollectionSync(collectionOf(3));
  await first.shutdown();
  receiver.answer = "ok";
  const clock = new TurnedClock();
  const second = queuedExporterTo(receiver, clock, { outbox });
  await second.exportCollection(collectionOf(4));
  await clock.turnUntil(() => second.waiting.records === 0);
  const accepted = receiver.requests.filter(({ isAccepted }) => isAccepted);
  expect(valuesOf(accepted)).toEqual([1, 2, 3, 4]);
});
