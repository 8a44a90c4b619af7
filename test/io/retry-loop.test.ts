import { expect, test } from "vitest";
import { RetryLoop } from "../../src/io/retry-loop.ts";
import { TurnedClock } from "../alerts/delivery/turned-clock.ts";

interface Item {
  readonly name: string;
}

function loopOver(next: () => Item | number | Promise<Item | number>) {
  const clock = new TurnedClock();
  const sent: string[] = [];
  const loop: RetryLoop<Item> = new RetryLoop<Item>({
    timers: clock,
    random: () => 1,
    next,
    send: async ({ name }) => void sent.push(name),
  });
  return { clock, sent, loop };
}

test.each([
  ["rejects", (): Promise<never> => Promise.reject(new Error("disk"))],
  [
    "throws",
    (): never => {
      throw new Error("disk");
    },
  ],
])("a search for the next item that %s is repeated once a second", async (_, fail) => {
  let searches = 0;
  const { clock, sent, loop } = loopOver(() => {
    if (++searches <= 3) return fail();
    return searches === 4 ? { name: "a" } : Infinity;
  });
  loop.start();
  await clock.pass(0);
  expect(searches).toBe(1);
  await clock.pass(2);
  expect(searches).toBe(3);
  expect(sent).toEqual([]);
  await clock.pass(1);
  expect(sent).toEqual(["a"]);
  await loop.close();
});

test("an error does not shorten a pause that the destination requests", async () => {
  const clock = new TurnedClock();
  const attempts: number[] = [];
  const loop: RetryLoop<Item> = new RetryLoop<Item>({
    timers: clock,
    random: () => 0,
    next: () => ({ name: "a" }),
    send: async () => {
      attempts.push(clock.monotonicMillis());
      await loop.attempt(
        async () => ({ kind: "failed" as const, retryAfterMillis: 120_000 }),
        () => ({ kind: "failed" as const, retryAfterMillis: 0 }),
      );
      throw new Error("a logger of the application");
    },
  });
  loop.start();
  await clock.pass(121);
  await loop.close();
  expect(attempts).toEqual([0, 120_000]);
});

test("a flush ends though the search for the next item fails", async () => {
  const { loop, sent } = loopOver(() => Promise.reject(new Error("disk")));
  await loop.flush();
  expect(sent).toEqual([]);
  await loop.close();
});
