import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Sessions } from "../../../src/page/serving/sessions.ts";

const HOUR_MILLIS = 3_600_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance", "Date"] }));
afterEach(() => void vi.useRealTimers());

function begun(sessions: Sessions): string {
  return sessions.begin(sessions.token(), { isSecure: false })?.split(";")[0] ?? "";
}

test("a session ends after twelve hours, whatever the time of day", () => {
  const sessions = new Sessions();
  const cookie = begun(sessions);
  vi.setSystemTime(Date.now() + 100 * HOUR_MILLIS);
  expect(sessions.admits(cookie)).toBe(true);
  vi.advanceTimersByTime(12 * HOUR_MILLIS - 1_000);
  expect(sessions.admits(cookie)).toBe(true);
  vi.advanceTimersByTime(1_000);
  expect(sessions.admits(cookie)).toBe(false);
});

test("a token is valid for an hour", () => {
  const sessions = new Sessions();
  const token = sessions.token();
  vi.advanceTimersByTime(HOUR_MILLIS);
  expect(sessions.begin(token, { isSecure: false })).toBeUndefined();
});

test("of more than 100 sessions, the oldest ends", () => {
  const sessions = new Sessions();
  const cookies = Array.from({ length: 101 }, () => begun(sessions));
  expect(cookies.map((cookie) => sessions.admits(cookie))).toEqual([
    false,
    ...Array.from({ length: 100 }, () => true),
  ]);
});

test("with TLS, the cookie is sent by TLS alone", () => {
  const sessions = new Sessions();
  expect(sessions.begin(sessions.token(), { isSecure: true })).toMatch(/; Secure$/);
});

test("two applications of a host have different names of cookies", () => {
  const [one, other] = [new Sessions(), new Sessions()];
  const cookies = `${begun(one)}; ${begun(other)}`;
  expect([one.admits(cookies), other.admits(cookies)]).toEqual([true, true]);
});
