import { createServer } from "node:http";
import { once } from "node:events";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { AlertDelivery, type DeliveryParts, fingerprintOf } from "../../../src/alerts/delivery/index.ts";
import { addressOf } from "../../kit/address-of.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { freePort } from "../../kit/process.ts";
import { listening } from "../../kit/listening.ts";
import { startAlertmanager } from "../../servers/alertmanager.ts";
import { needs } from "../../servers/needs.ts";
import { firing, resolved } from "./alerts-of.ts";
import { TurnedClock } from "./turned-clock.ts";

function deliveryTo(url: string, parts: DeliveryParts = {}): AlertDelivery {
  const delivery = new AlertDelivery({ receivers: [{ type: "alertmanager", url }] }, parts);
  onTestFinished(() => delivery.close());
  return delivery;
}

interface Posted {
  readonly path: string;
  readonly alerts: readonly {
    readonly labels: Record<string, string>;
    readonly startsAt: string;
    readonly endsAt: string;
    readonly generatorURL?: string;
  }[];
}

/** A server that records requests; `answer` returns its status and text. */
type Answer = [status: number, text?: string, headers?: Readonly<Record<string, string>>];

async function standIn(answer: (posted: Posted) => Answer = () => [200]) {
  const posts: Posted[] = [];
  const waiting = new Set<() => void>();
  const url = await listening((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      const posted: Posted = { path: request.url ?? "", alerts: JSON.parse(body) };
      posts.push(posted);
      const [status, text = "", headers] = answer(posted);
      response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(text);
      for (const look of waiting) look();
    });
  });
  const received = (count: number): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (posts.length < count) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { url, posts, received };
}

const now = (): number => Date.now() / 1_000;

test("alerts arrive at the real Alertmanager, are grouped, and resolve", async (context) => {
  needs(context, "prometheus-alertmanager");
  const hook = await standInHook();
  const server = await startAlertmanager(hook.url);
  const delivery = deliveryTo(server.url, { externalUrl: () => "https://app.example/alerts" });
  const start = now();
  const alerts = [
    firing({ instance: "a" }, start, { summary: "<b> & \u202e \u001b[31m" }),
    firing({ instance: 'ü\n"' }, start),
    firing({ alertname: "Other", empty: "" }, start),
  ];
  delivery.update(alerts, start);
  const received = await server.until((all) => all.length === 3);
  expect(received.map(({ fingerprint }) => fingerprint).toSorted()).toEqual(
    alerts.map(({ labels }) => fingerprintOf(labels)).toSorted(),
  );
  const first = received.find(({ labels }) => labels["instance"] === "a");
  expect(first).toMatchObject({
    annotations: alerts[0]!.annotations,
    generatorURL: "https://app.example/alerts",
  });
  expect(Date.parse(first!.startsAt)).toBe(Math.round(start * 1_000));
  // Four times the resend delay.
  expect(Date.parse(first!.endsAt)).toBe(Math.round(start * 1_000) + 240_000);
  await hook.until((names) => names.has("Test firing") && names.has("Other firing"));

  delivery.update(
    alerts.map((each) => resolved(each, now())),
    now(),
  );
  await server.until((all) => all.length === 0);
  await hook.until((names) => names.has("Test resolved") && names.has("Other resolved"));
});

test("amtool shows what was sent, and a silence there does not concern us", async (context) => {
  needs(context, "prometheus-alertmanager");
  const amtool = needs(context, "amtool");
  const server = await startAlertmanager();
  const delivery = deliveryTo(server.url);
  delivery.update([firing({ severity: "critical" }, now(), { summary: "full" })], now());
  await server.until((all) => all.length === 1);
  const { stdout } = spawnSync(amtool, [`--alertmanager.url=${server.url}`, "alert", "query", "-o", "json"], {
    encoding: "utf8",
  });
  expect(JSON.parse(stdout)).toMatchObject([
    { labels: { alertname: "Test", severity: "critical" }, annotations: { summary: "full" } },
  ]);
  expect(await delivery.test()).toMatchObject([{ receiver: "alertmanager", delivered: true }]);
  await server.until((all) => all.some(({ labels }) => labels["alertname"] === "TachymeterTest"));
});

test("alerts wait while the real Alertmanager is killed, and arrive once it runs again", async (context) => {
  needs(context, "prometheus-alertmanager");
  const server = await startAlertmanager();
  const delivery = deliveryTo(server.url, { random: () => 0.5 });
  const a = firing({ instance: "a" }, now());
  delivery.update([a], now());
  await server.until((all) => all.length === 1);
  await server.kill();
  const b = firing({ instance: "b" }, now());
  delivery.update([resolved(a, now()), b], now());
  await delivery.flush();
  await server.startAgain();
  expect(await server.until((all) => all[0]?.labels["instance"] === "b")).toHaveLength(1);
});

test("names that this Alertmanager does not know are escaped, and no other alert is lost", async (context) => {
  needs(context, "prometheus-alertmanager");
  const server = await startAlertmanager();
  const delivery = deliveryTo(server.url);
  delivery.update(
    [
      firing({ "service.name": "shop", service_name: "other" }, now()),
      firing({ instance: "plain" }, now(), { "run.book": "x" }),
    ],
    now(),
  );
  const received = await server.until((all) => all.length === 2);
  expect(
    received.map(({ labels }) => labels).toSorted((a, b) => Object.keys(a).length - Object.keys(b).length),
  ).toEqual([
    { alertname: "Test", instance: "plain" },
    { alertname: "Test", service_name: "other", service_name_2: "shop" },
  ]);
});

test("an alert is sent each minute while it fires, at exactly the minute, and for 15 minutes after", async () => {
  const clock = new TurnedClock();
  const server = await standIn();
  const delivery = deliveryTo(server.url, { clock });
  const start = clock.seconds;
  const a = firing({}, start);
  const times: number[] = [];
  for (let i = 0; i < 4 * 25; i++) {
    const seconds = start + i * 15;
    const before = server.posts.length;
    // Resolved after five minutes.
    delivery.update([i < 20 ? a : resolved(a, start + 300)], seconds);
    await delivery.flush();
    if (server.posts.length > before) times.push(i * 15);
  }
  const minutes = Array.from({ length: 21 }, (_, i) => i * 60);
  // The update with the resolved state is at minute 5, and the last one 15 minutes later.
  expect(times).toEqual(minutes);
  const ends = server.posts.map(({ alerts }) => Date.parse(alerts[0]!.endsAt) / 1_000 - start);
  expect(ends.slice(0, 6)).toEqual([240, 300, 360, 420, 480, 300]);
});

test("a resolved alert is sent at once, and one that fires again too", async () => {
  const clock = new TurnedClock();
  const server = await standIn();
  const delivery = deliveryTo(server.url, { clock });
  const start = clock.seconds;
  const a = firing({}, start);
  const states = [a, resolved(a, start + 15), firing({}, start + 30), firing({}, start + 30)];
  for (const [i, each] of states.entries()) {
    delivery.update([each], start + i * 15);
    await delivery.flush();
  }
  expect(server.posts.map(({ alerts }) => Date.parse(alerts[0]!.startsAt) / 1_000 - start)).toEqual([
    0, 0, 30,
  ]);
});

test("an alert that fired before the clock was set back ends when it is resolved", async () => {
  const server = await standIn();
  const delivery = deliveryTo(server.url, {});
  const a = firing({}, 10_000);
  delivery.update([a], 6_000);
  await server.received(1);
  delivery.update([resolved(a, 6_400)], 6_400);
  await server.received(2);
  expect(server.posts).toMatchObject([
    { alerts: [{ startsAt: "1970-01-01T01:40:00.000Z", endsAt: "1970-01-01T01:44:00.000Z" }] },
    { alerts: [{ startsAt: "1970-01-01T01:46:40.000Z", endsAt: "1970-01-01T01:46:40.000Z" }] },
  ]);
});

test("an interval above a minute makes alerts valid for four intervals", async () => {
  const server = await standIn();
  const delivery = deliveryTo(`${server.url}/prefix/`, {});
  delivery.update([firing({}, 1_000)], 1_000, 600);
  await server.received(1);
  expect(server.posts[0]).toMatchObject({
    path: "/prefix/api/v2/alerts",
    alerts: [{ startsAt: "1970-01-01T00:16:40.000Z", endsAt: "1970-01-01T00:56:40.000Z" }],
  });
  expect(server.posts[0]!.alerts[0]!.generatorURL).toBeUndefined();
});

test("many alerts are sent in batches of 256; after a 400 those of the batch are sent alone, once", async () => {
  const clock = new TurnedClock();
  const server = await standIn(({ alerts }) =>
    alerts.some(({ labels }) => labels["instance"] === "7") ? [400, '"invalid"'] : [200],
  );
  const delivery = deliveryTo(server.url, { clock });
  const alerts = Array.from({ length: 300 }, (_, i) => firing({ instance: String(i) }, clock.seconds));
  delivery.update(alerts, clock.seconds);
  await server.received(258);
  await delivery.flush();
  expect(server.posts.map(({ alerts: each }) => each.length)).toEqual([
    256,
    ...Array.from({ length: 256 }, () => 1),
    44,
  ]);
  delivery.update(alerts, clock.seconds + 15);
  await delivery.flush();
  expect(server.posts).toHaveLength(258);
});

test.each([302, 401, 403, 404])(
  "after a %i no alert of the batch is sent alone, and all are sent again a minute later",
  async (status) => {
    const clock = new TurnedClock();
    const server = await standIn(() => [status]);
    const delivery = deliveryTo(server.url, { clock });
    const alerts = Array.from({ length: 600 }, (_, i) => firing({ instance: String(i) }, clock.seconds));
    for (const seconds of [0, 15, 30, 45]) {
      delivery.update(alerts, clock.seconds + seconds);
      await delivery.updated();
      await delivery.flush();
    }
    expect(server.posts.map(({ alerts: each }) => each.length)).toEqual([256, 256, 88]);
    delivery.update(alerts, clock.seconds + 60);
    await delivery.updated();
    await delivery.flush();
    expect(server.posts).toHaveLength(6);
  },
);

test.each([429, 500, 503])("a %i is retried, and the latest state is sent", async (status) => {
  let isBusy = true;
  const clock = new TurnedClock();
  const server = await standIn(() => [isBusy ? status : 200]);
  const delivery = deliveryTo(server.url, { clock });
  const a = firing({}, clock.seconds);
  delivery.update([a], clock.seconds);
  await server.received(1);
  isBusy = false;
  delivery.update([resolved(a, clock.seconds + 1)], clock.seconds + 1);
  await delivery.flush();
  await delivery.flush();
  expect(server.posts.length).toBeGreaterThan(1);
  expect(server.posts.at(-1)!.alerts[0]!.endsAt).toBe(new Date((clock.seconds + 1) * 1_000).toISOString());
});

test("a pause that the server requests is kept, also by a flush", async () => {
  const clock = new TurnedClock();
  const server = await standIn(() => [503, "", { "Retry-After": "120" }]);
  const delivery = deliveryTo(server.url, { clock, random: () => 0 });
  delivery.update([firing({}, clock.seconds)], clock.seconds);
  await server.received(1);
  await delivery.flush();
  await clock.pass(119);
  expect(server.posts).toHaveLength(1);
  await clock.pass(1);
  await server.received(2);
});

test("an alert with times that no clock has is sent, and delays no other", async () => {
  const server = await standIn();
  const delivery = deliveryTo(server.url);
  delivery.update([firing({ instance: "a" }, Number.NaN), firing({ instance: "b" }, Infinity)], Number.NaN);
  await server.received(1);
  expect(server.posts[0]!.alerts).toHaveLength(2);
});

test("an alert is on disk before an Alertmanager gets it", async () => {
  const directory = newFolder("delivery");
  let saved = "";
  const server = await standIn(() => {
    saved = readFileSync(join(directory, "notifications.json"), "utf8");
    return [200];
  });
  const delivery = deliveryTo(server.url, { directory });
  delivery.update([firing({}, now())], now());
  await server.received(1);
  expect(saved).toContain('"alertname":"Test"');
});

test("an Alertmanager that does not answer holds neither an update nor the end", async () => {
  const port = await freePort();
  const silent = createServer(() => {}).listen(port, "127.0.0.1");
  await once(silent, "listening");
  onTestFinished(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const delivery = new AlertDelivery({
    receivers: [{ type: "alertmanager", url: `http://127.0.0.1:${port}` }],
  });
  delivery.update([firing({}, now())], now());
  await once(silent, "request");
  await expect(delivery.close()).resolves.toBeUndefined();
});

/** A webhook for Alertmanager; it collects `<alertname> <state>`. */
async function standInHook() {
  const names = new Set<string>();
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      const { alerts }: { alerts: { status: string; labels: Record<string, string> }[] } = JSON.parse(body);
      for (const { status, labels } of alerts) names.add(`${labels["alertname"]} ${status}`);
      response.end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${addressOf(server).port}/`,
    until: (condition: (names: ReadonlySet<string>) => boolean) =>
      expect.poll(() => condition(names), { timeout: 60_000 }).toBe(true),
  };
}
