import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Sessions } from "../../../src/page/serving/sessions.ts";

const HOUR_MILLIS = 3_600_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance", "Date"] }));
afterEach(() => void vi.useRealTimers());

/** Sessions of a process whose key is derived from a secret. */
function sessionsOf(secret = "secret"): Sessions {
  return new Sessions(() => Promise.resolve(Buffer.from(secret)));
}

async function begun(sessions: Sessions): Promise<string> {
  return (await sessions.begin({ isSecure: false })).split(";")[0] ?? "";
}

test("a session ends after twelve hours, also in the next process", async () => {
  const cookie = await begun(sessionsOf());
  const next = sessionsOf();
  expect(await next.admits(cookie)).toBe(true);
  vi.advanceTimersByTime(12 * HOUR_MILLIS - 1_000);
  expect(await next.admits(`a=b; ${cookie}`)).toBe(true);
  vi.advanceTimersByTime(1_000);
  expect(await next.admits(cookie)).toBe(false);
});

test("a session ends with the credentials that it was begun with, and cannot be prolonged", async () => {
  const cookie = await begun(sessionsOf());
  expect(await sessionsOf("rotated").admits(cookie)).toBe(false);
  const [, end = ""] = /=(\d+)\./.exec(cookie) ?? [];
  expect(await sessionsOf().admits(cookie.replace(end, `${Number(end) + 1}`))).toBe(false);
});

test("a session is valid if the clock is set back", async () => {
  const sessions = sessionsOf();
  const cookie = await begun(sessions);
  vi.setSystemTime(Date.now() - HOUR_MILLIS);
  expect(await sessions.admits(cookie)).toBe(true);
});

test("a token is valid once, and for an hour", () => {
  const sessions = sessionsOf();
  const [token, late] = [sessions.token(), sessions.token()];
  expect([sessions.takes(token), sessions.takes(token), sessions.takes("")]).toEqual([true, false, false]);
  vi.advanceTimersByTime(HOUR_MILLIS);
  expect(sessions.takes(late)).toBe(false);
});

test("with TLS, the cookie is sent by TLS alone", async () => {
  expect(await sessionsOf().begin({ isSecure: true })).toMatch(/; Secure$/);
});

test("two applications of a host with different tokens have different names of cookies", async () => {
  const [one, other] = [sessionsOf("one"), sessionsOf("other")];
  const cookies = `${await begun(one)}; ${await begun(other)}`;
  expect([await one.admits(cookies), await other.admits(cookies)]).toEqual([true, true]);
});
