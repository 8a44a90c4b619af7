import { randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { expect, onTestFinished, test, vi } from "vitest";
import { AlertDelivery, fingerprintOf } from "../../../src/alerts/delivery/index.ts";
import { firing, resolved } from "./alerts-of.ts";
import { EXTERNAL_URL, deliveryTo, hostile } from "./delivery-to.ts";
import { HttpServer } from "./http-server.ts";
import { TurnedClock } from "./turned-clock.ts";

test("a webhook gets Alertmanager's JSON of version 4", async () => {
  const server = await HttpServer.start();
  const { clock, send } = deliveryTo({
    type: "webhook",
    url: server.url("/hook?x=1"),
    headers: { "X-Key": "secret-value" },
  });
  const a = firing({ instance: "a", job: "j" }, 1_700_000_000, { summary: "same", description: "A" });
  const b = firing({ instance: "b", job: "j" }, 1_700_000_000, { summary: "same", description: "B" });
  await send([a, b]);
  expect(server.requests[0]).toMatchObject({ path: "/hook?x=1", headers: { "x-key": "secret-value" } });
  expect(server.requests[0]!.json).toEqual({
    receiver: "webhook",
    status: "firing",
    alerts: [a, b].map(({ labels, annotations }) => ({
      status: "firing",
      labels,
      annotations,
      startsAt: "2023-11-14T22:13:20.000Z",
      endsAt: "0001-01-01T00:00:00Z",
      generatorURL: EXTERNAL_URL,
      fingerprint: fingerprintOf(labels),
    })),
    groupLabels: { alertname: "Test" },
    commonLabels: { alertname: "Test", job: "j" },
    commonAnnotations: { summary: "same" },
    externalURL: EXTERNAL_URL,
    version: "4",
    groupKey: '{}:{alertname="Test"}',
    truncatedAlerts: 0,
  });
  await send([resolved(a, clock.seconds), resolved(b, clock.seconds)]);
  await clock.pass(301);
  await server.received(2);
  expect(server.requests[1]!.json).toMatchObject({
    status: "resolved",
    alerts: [{ status: "resolved", endsAt: expect.stringMatching(/^2023/) }, { status: "resolved" }],
  });
});

test("a firing alert is posted within a second after group_wait, and not before", async () => {
  const server = await HttpServer.start();
  const clock = new TurnedClock();
  const delivery = new AlertDelivery(
    { receivers: [{ type: "webhook", url: server.url() }], route: { groupWait: 30 } },
    { clock },
  );
  onTestFinished(() => delivery.close());
  delivery.update([firing({}, clock.seconds)], clock.seconds);
  await clock.pass(29.9);
  await delivery.flush();
  expect(server.requests).toEqual([]);
  await clock.pass(1.1);
  await delivery.flush();
  expect(server.requests.map(({ json }) => json["status"])).toEqual(["firing"]);
});

test("an alert that fires a second time after its end is posted as firing again", async () => {
  const server = await HttpServer.start();
  const { clock, send } = deliveryTo({ type: "webhook", url: server.url() });
  const first = firing({}, clock.seconds);
  await send([first]);
  await clock.pass(301);
  await send([resolved(first, clock.seconds)]);
  await clock.pass(301);
  await send([firing({}, clock.seconds)]);
  await clock.pass(301);
  await server.received(3);
  expect(server.requests.map(({ json }) => json["status"])).toEqual(["firing", "resolved", "firing"]);
});

test("a signed webhook is verified by standardwebhooks, and its id stays over retries", async () => {
  const server = await HttpServer.start();
  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  // The library refuses times that are not current.
  const clock = new TurnedClock(Date.now() / 1_000);
  const { delivery, send } = deliveryTo({ type: "webhook", url: server.url(), secret }, clock);
  server.answer = "resets";
  await send([hostile]);
  server.answer = { status: 503 };
  await delivery.flush();
  server.answer = { status: 200 };
  await delivery.flush();
  expect(server.requests.length).toBeGreaterThanOrEqual(3);
  const ids = new Set(server.requests.map(({ headers }) => headers["webhook-id"]));
  expect(ids.size).toBe(1);
  const { body, headers } = server.requests.at(-1)!;
  const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  expect(new Webhook(secret).verify(body, texts)).toEqual(JSON.parse(body));
  expect(() => new Webhook(secret).verify(`${body} `, texts)).toThrow(/signature/i);
});

test("a webhook's template returns another body; one that throws is refused and tried again", async () => {
  const server = await HttpServer.start();
  let isBroken = true;
  const { clock, send } = deliveryTo({
    type: "webhook",
    url: server.url(),
    template: ({ alerts }) => {
      if (isBroken) throw new Error("broken");
      return { message: alerts[0]?.name, alias: fingerprintOf(alerts[0]?.labels ?? {}) };
    },
  });
  await send([firing({}, clock.seconds)]);
  expect(server.requests).toEqual([]);
  isBroken = false;
  await clock.pass(301);
  await server.received(1);
  expect(server.requests[0]!.json).toEqual({ message: "Test", alias: fingerprintOf({ alertname: "Test" }) });
});

test("a webhook's template that does not settle is given up after 30 s, and tried again", async () => {
  const server = await HttpServer.start();
  let isStuck = true;
  const { clock, delivery, send } = deliveryTo({
    type: "webhook",
    url: server.url(),
    template: () => (isStuck ? new Promise(() => {}) : { message: "late" }),
  });
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const report = delivery.test();
  const sending = send([firing({}, clock.seconds)]);
  await vi.waitFor(() => expect(vi.getTimerCount()).toBe(2));
  vi.advanceTimersByTime(30_000);
  await sending;
  vi.useRealTimers();
  expect(await report).toMatchObject([
    { reason: "the body could not be made: it has not settled within 30 s", delivered: false },
  ]);
  isStuck = false;
  await clock.pass(301);
  await server.received(1);
});

// The zero time of Go, as it is printed.
const NO_END = "0001-01-01 00:00:00 +0000 UTC";

test("a JSON template has the data of Alertmanager's templates, and an unknown field is refused at the start", async () => {
  const server = await HttpServer.start();
  const templateOf = (text: string) =>
    deliveryTo({ type: "webhook", name: "hook", url: server.url(), template: { text } });
  const { clock, send } = templateOf(
    "{{ .Receiver }} {{ len .Alerts }} {{ range .Alerts.Firing }}+{{ .Labels.i }}{{ .GeneratorURL }} {{ .EndsAt }}{{ end }}" +
      "{{ range .Alerts.Resolved }}-{{ .Labels.i }}{{ end }}" +
      "{{ range .CommonLabels.SortedPairs }} {{ .Name }}={{ .Value }}{{ end }} {{ .CommonLabels.Names }}",
  );
  const [a, b] = ["a", "b"].map((i) => firing({ a: "1", i }, clock.seconds));
  await send([a!, b!]);
  await send([a!, resolved(b!, clock.seconds)]);
  await clock.pass(301);
  await server.received(2);
  expect(server.requests.map(({ json }) => json["text"])).toEqual([
    `hook 2 +a${EXTERNAL_URL} ${NO_END}+b${EXTERNAL_URL} ${NO_END} alertname=Test a=1 [alertname a]`,
    `hook 2 +a${EXTERNAL_URL} ${NO_END}-b alertname=Test a=1 [alertname a]`,
  ]);
  for (const text of ["{{ .Alerts.Fired }}", "{{ range .Alerts }}{{ .Lables.a }}{{ end }}"])
    expect(() => templateOf(text)).toThrow(/template must be .* with existing fields/);
});

test("a text of a JSON template has room for all alerts of a group", async () => {
  const server = await HttpServer.start();
  const template = { text: "{{ range .Alerts }}{{ .Annotations.description | toUpper }}\n{{ end }}" };
  const { clock, send } = deliveryTo({ type: "webhook", url: server.url(), template });
  const description = "a".repeat(1_024);
  const labels = Array.from({ length: 256 }, (_, i) => ({ i: String(i) }));
  await send(labels.map((each) => firing(each, clock.seconds, { description })));
  expect(server.requests).toHaveLength(1);
  expect(String(server.requests[0]!.json["text"]).length).toBe(256 * (description.length + 1));
});

test("texts of a JSON template are filled in, and no label can change its structure", async () => {
  const server = await HttpServer.start();
  const template = JSON.stringify({
    message: "{{ .CommonLabels.alertname }} is {{ .Status | toUpper }}",
    alias: "{{ .GroupKey }}",
    list: [
      '{{ range .Alerts }}{{ .Labels.instance }}={{ .Value | printf "%.1f" }};{{ end }}',
      1,
      null,
      "plain",
    ],
    since: "{{ (index .Alerts 0).Labels.missing }}",
  });
  const instance = '", "evil": "\n{{ .GroupKey }}';
  await deliveryTo({ type: "webhook", url: server.url(), template }).send([
    firing({ instance }, 1_700_000_000),
  ]);
  expect(server.requests[0]!.json).toEqual({
    message: "Test is FIRING",
    alias: '{}:{alertname="Test"}',
    list: [`${instance}=1.0;`, 1, null, "plain"],
    since: "",
  });
});
