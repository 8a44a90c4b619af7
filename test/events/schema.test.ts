import { Events } from "tachymeter/facades";
import { expect, test } from "vitest";

const login = { event_type: "user_login", source: "web" };
const MINUTE = 60_000;

/** Names of the invalid fields. */
function wrongFields(event: unknown): readonly string[] {
  const { errors = [] } = { errors: undefined, ...new Events().tryRecord(event) };
  return (errors ?? []).map(({ field }) => field);
}

function timestampOf(timestamp: unknown): string | undefined {
  return new Events().tryRecord({ ...login, timestamp }).event?.timestamp;
}

test.each([
  [undefined, ["event_type", "source"]],
  [5, ["event_type", "source"]],
  [{}, ["event_type", "source"]],
  [{ event_type: "a" }, ["source"]],
  [{ event_type: "", source: 7 }, ["event_type", "source"]],
  [{ ...login, event_id: "" }, ["event_id"]],
  [{ ...login, event_id: 12 }, ["event_id"]],
  [{ ...login, timestamp: "whenever" }, ["timestamp"]],
  [{ ...login, timestamp: "2026-02-30T00:00:00Z" }, ["timestamp"]],
  [{ ...login, timestamp: {} }, ["timestamp"]],
  [{ ...login, timestamp: Number.NaN }, ["timestamp"]],
  [{ event_id: 1, timestamp: "?" }, ["event_type", "source", "event_id", "timestamp"]],
  [{ ...login, event_id: null, timestamp: null }, []],
])("%j has the invalid fields %j", (event, fields) => {
  expect(wrongFields(event)).toEqual(fields);
});

test("a Date whose own methods throw is read as its moment", () => {
  class Failing extends Date {
    override getTime(): number {
      throw new Error("not told");
    }
  }
  expect(timestampOf(new Failing("2026-01-02T03:04:05Z"))).toBe("2026-01-02T03:04:05.000Z");
});

test("an error shows the rule of the field and its value", () => {
  expect(new Events().tryRecord({ source: "", timestamp: "soon" })).toEqual({
    refusal: "invalid",
    errors: [
      { field: "event_type", message: "must be a non-empty string, but is missing" },
      { field: "source", message: 'must be a non-empty string, got ""' },
      {
        field: "timestamp",
        message: 'must be a time in ISO 8601, a Date, or seconds since the epoch, got "soon"',
      },
    ],
  });
});

test.each([
  ["2026-01-02T03:04:05+01:00", "2026-01-02T02:04:05.000Z"],
  ["2026-01-02T03:04:05", "2026-01-02T03:04:05.000Z"],
  ["2026-01-02 03:04", "2026-01-02T03:04:00.000Z"],
  ["2026-01-02T03:04:05.123456", "2026-01-02T03:04:05.123Z"],
  ["2026-01-02T03:04:05,5-0930", "2026-01-02T12:34:05.500Z"],
  ["2026-01-02", "2026-01-02T00:00:00.000Z"],
  [1_767_323_045, "2026-01-02T03:04:05.000Z"],
  [new Date("2026-01-02T03:04:05.678Z"), "2026-01-02T03:04:05.678Z"],
])("the time %s is %s", (given, timestamp) => {
  expect(timestampOf(given)).toBe(timestamp);
});

test("a time may be at most five minutes ahead, as clocks differ", () => {
  expect(timestampOf(new Date(Date.now() + 4 * MINUTE))).toBeDefined();
  expect(wrongFields({ ...login, timestamp: new Date(Date.now() + 6 * MINUTE) })).toEqual(["timestamp"]);
});
