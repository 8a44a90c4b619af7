import { expect, test } from "vitest";
import { AlertDelivery } from "../../../src/alerts/delivery/index.ts";
import { isMuted, type MuteTime } from "../../../src/alerts/delivery/routing/mute-time.ts";
import {
  muteTimesFrom,
  type MuteTimeOptions,
} from "../../../src/alerts/delivery/options/mute-time-options.ts";
import { DELIVERY } from "../../../src/alerts/delivery/index.ts";
import { Parser } from "../../../src/options/parser.ts";

function refusal(options: unknown): string {
  try {
    DELIVERY.settings(options);
    return "";
  } catch (error) {
    return String(error);
  }
}

test("without options, alerts go to the log, grouped as by Alertmanager's defaults", async () => {
  expect(DELIVERY.settings({})).toEqual({
    receivers: [{ kind: "log", name: "log" }],
    route: {
      groupBy: ["alertname"],
      groupWaitMillis: 30_000,
      groupIntervalMillis: 300_000,
      repeatIntervalMillis: 14_400_000,
    },
    inhibit: [],
    muteTimes: [],
    intervalSeconds: 15,
  });
  await new AlertDelivery({}).close();
});

test("receivers without a name are named by their type, and numbered", () => {
  const { receivers } = DELIVERY.settings({
    receivers: [
      { type: "slack", url: "https://hooks.example/1" },
      { type: "slack", name: "slack-2", url: "https://hooks.example/2" },
      { type: "slack", url: "https://hooks.example/3" },
      () => {},
      { type: "alertmanager", url: "http://am:9093/prefix/?x=1" },
      { type: "alertmanager", url: "http://am2:9093/api/v2/alerts" },
    ],
  });
  expect(receivers.map(({ name }) => name)).toEqual([
    "slack",
    "slack-2",
    "slack-3",
    "callback",
    "alertmanager",
    "alertmanager-2",
  ]);
  expect(receivers.slice(4).map((each) => "url" in each && each.url)).toEqual([
    "http://am:9093/prefix/api/v2/alerts?x=1",
    "http://am2:9093/api/v2/alerts",
  ]);
});

test("all problems are reported together, without the secrets of receivers", () => {
  const text = refusal({
    receivers: [
      "https://hooks.slack.com/services/SECRET1",
      { type: "slak", url: "https://hooks.slack.com/services/SECRET2" },
      { type: "slack", url: "hooks.slack.com/SECRET3", webhook: "https://x/SECRET4" },
      {
        type: "webhook",
        url: "https://x",
        secret: "SECRET5",
        headers: { "bad name": "SECRET6" },
        template: 1,
      },
      { type: "pagerduty", routingKey: "SECRET7" },
      { type: "email", smtp: "https://me:SECRET8@x", from: "nobody", to: ["a@b", "c\r\nBcc: d@e"] },
      { type: "log", name: "same" },
      { type: "console", name: "same" },
      { type: "webhook", url: "https://x", template: "{ no JSON" },
      { type: "webhook", url: "https://x", template: { message: "{{ .Status " } },
    ],
    route: { groupBy: "alertname", groupWait: -1, groupInterval: 0, repeatIntervall: 1 },
    inhibit: [{ source: "severity=", equal: "x" }],
    muteTimes: [{ weekdays: ["someday"] }, { times: ["25:00-26:00"], location: "Mars/Olympus" }, {}],
    interval: 0,
    recievers: [],
  });
  for (const name of [
    "receivers[0] must be an object with a type, or a function",
    "receivers[1].type must be one of",
    "receivers[2].url must be an http",
    "receivers[2].webhook must be",
    "receivers[3].secret must be 24 to 64 bytes",
    "receivers[3].headers must be an object of HTTP headers",
    "receivers[3].template must be a JSON value",
    "receivers[8].template must be a JSON value",
    "receivers[9].template must be a JSON value",
    "receivers[4].routingKey must be",
    "receivers[5].smtp must be",
    "receivers[5].from must be a mail address",
    "receivers[5].to must be",
    "receivers[7].name must be unique",
    "route.groupBy must be",
    "route.groupWait must be",
    "route.groupInterval must be",
    "route.repeatIntervall must be an existing option, such as repeatInterval",
    "inhibit[0].source must be written as",
    "inhibit[0].equal must be",
    "inhibit[0].target must be written as",
    "muteTimes[0].weekdays must be",
    "muteTimes[1].times must be",
    "muteTimes[1].location must be",
    "muteTimes[2].times must be set",
    "interval must be",
    "recievers must be an existing option, such as receivers",
  ]) {
    expect(text).toContain(name);
  }
  expect(text).not.toContain("SECRET");
});

test.each([
  ["receivers must be", { receivers: "slack" }],
  ["receivers must be", { receivers: { url: "https://x/SECRET" } }],
  ["route must be an object", { route: [] }],
  ["inhibit must be a list", { inhibit: {} }],
  ["muteTimes must be a list", { muteTimes: "weekend" }],
  ["options must be an object", 5],
])("%s, not %j", (problem, options) => {
  const text = refusal(options);
  expect(text).toContain(problem);
  expect(text).not.toContain("SECRET");
});

function muteTimes(...options: readonly MuteTimeOptions[]): readonly MuteTime[] {
  const parser = new Parser();
  const parsed = muteTimesFrom(parser, options, "muteTimes");
  expect(parser.problems).toEqual([]);
  return parsed;
}

test.each([
  [{ weekdays: ["saturday", "sunday"] }, "2026-11-22T12:00Z", true],
  [{ weekdays: ["saturday", "sunday"] }, "2026-11-23T00:00Z", false],
  [{ weekdays: ["Friday:Monday"] }, "2026-11-23T23:59Z", true],
  [{ weekdays: ["friday:monday"] }, "2026-11-24T00:00Z", false],
  [{ months: ["november:february"] }, "2026-01-31T12:00Z", true],
  [{ months: ["11:2"] }, "2026-03-01T00:00Z", false],
  [{ months: ["8"] }, "2026-08-01T00:00Z", true],
  [{ times: ["22:00-06:00"] }, "2026-11-22T22:00Z", true],
  [{ times: ["22:00-06:00"] }, "2026-11-22T05:59Z", true],
  [{ times: ["22:00-06:00"] }, "2026-11-22T06:00Z", false],
  [{ times: ["00:00-24:00"] }, "2026-11-22T23:59Z", true],
  [{ times: ["23:00-24:00"] }, "2026-11-22T00:00Z", false],
  // Summer time in Berlin, and after its end.
  [{ times: ["09:00-10:00"], location: "Europe/Berlin" }, "2026-10-24T07:30Z", true],
  [{ times: ["09:00-10:00"], location: "Europe/Berlin" }, "2026-10-26T07:30Z", false],
  [{ times: ["09:00-10:00"], location: "Europe/Berlin" }, "2026-10-26T08:30Z", true],
  [{ weekdays: ["monday"], location: "Pacific/Auckland" }, "2026-11-22T12:00Z", true],
  [{ weekdays: ["sunday"], times: ["12:00-13:00"] }, "2026-11-22T13:00Z", false],
] as const)("mute time %j at %s: %s", (options, time, expected) => {
  expect(isMuted(muteTimes(options), Date.parse(time.replace("Z", ":00Z")))).toBe(expected);
});
