// Real faults of Tachymeter itself, of its backend, its group and its receivers: each fires, names its cause, and resolves.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { addressOf } from "../../kit/address-of.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { packedProject } from "../../kit/packed-project.ts";
import { freePort } from "../../kit/process.ts";
import { VictoriaMetrics } from "../../servers/victoria-metrics.ts";
import {
  expectFault,
  expectFires,
  expectFiring,
  expectResolves,
  killed,
  startFaulty,
} from "../../alerts/monitors/fault-kit.ts";

beforeAll(packedProject);

describe.concurrent("real faults fire, name their cause, and resolve:", () => {
  test("a collection that was stopped", () =>
    expectFault({ faults: { stoppedCollection: {} }, options: { collectionInterval: 1 } }, [
      { name: "CollectionStopped", cause: "No collection has ended for 10s" },
    ]));

  test("a callback that waits", () =>
    expectFault(
      {
        faults: { slowCallback: {} },
        options: { collectionInterval: 1 },
        parameters: { collectionSlow: { threshold: 1 } },
      },
      [{ name: "CollectionSlow", cause: "The last collection took 1" }],
    ));

  test("an instrumentation that fails, so that its metric is missing", async () => {
    const running = await startFaulty({
      faults: { unreadablePool: {} },
      parameters: { monitorBlind: { window: "1m" } },
    });
    const labels = { metric: "db_client_connection_count" };
    const expected = [
      {
        name: "MonitorBlind",
        labels,
        cause: /db_client_connection_count is missing\n.*connectionPoolExhausted/,
      },
    ];
    // A process that is younger than the window lacks no metric.
    await sleep(30_000);
    await expectFires(running, expected);
    await expectResolves(running, expected);
  });

  test("an attribute with a value for each user, until a restart without it", async () => {
    const directory = newFolder("alerts");
    const options = { cardinalityLimit: 500, alerts: { directory } };
    const expected = [
      { name: "SeriesOverflowing", cause: "New series of shop_orders_total are added up in one" },
    ];
    const running = await startFaulty({ faults: { manySeries: {} }, options });
    await expectFires(running, expected);
    // The file is written once a second at most.
    const saved = (): string => readFileSync(join(directory, "alerts.json"), "utf8");
    await vi.waitFor(() => expect(saved()).toMatch(/"SeriesOverflowing"[^]*?"state": ?"firing"/));
    await killed(running);
    await expectResolves(await startFaulty({ faults: { manySeries: {} }, options }), expected);
  });

  test("a backend that is away", async (context) => {
    const backend = await VictoriaMetrics.start(context);
    const outbox = { directory: newFolder("outbox"), maxBytes: 131_072 };
    const expected = [
      { name: "OutboxOld", cause: "The oldest metrics have waited" },
      { name: "OutboxDropped", cause: "data points were dropped" },
    ];
    const running = await startFaulty({
      options: { readers: [{ type: "otlp", url: backend.otlpUrl, interval: 0.2, timeout: 1, outbox }] },
      parameters: { outboxOld: { threshold: 2 } },
    });
    await backend.goAway();
    await expectFiring(running, expected);
    await backend.comeBack();
    await expectResolves(running, expected);
  });

  test("a backend that refuses the credentials", async (context) => {
    const backend = await VictoriaMetrics.start(context);
    let isRefusing = true;
    // A gateway before the backend.
    const gateway = createServer((incoming, outgoing) => {
      if (isRefusing) {
        incoming.resume().on("end", () => outgoing.writeHead(401).end());
        return;
      }
      const { method = "POST", headers } = incoming;
      const passedOn = request(backend.otlpUrl, { method, headers }, (response) => {
        outgoing.writeHead(response.statusCode ?? 502);
        response.pipe(outgoing);
      });
      incoming.pipe(passedOn);
    });
    gateway.listen(0, "127.0.0.1");
    await once(gateway, "listening");
    const url = `http://127.0.0.1:${addressOf(gateway).port}/v1/metrics`;
    const expected = [{ name: "ExporterFailing", cause: "of the exports fail" }];
    const running = await startFaulty({
      options: { readers: [{ type: "otlp", url, interval: 0.5 }] },
    });
    await expectFiring(running, expected);
    isRefusing = false;
    await expectResolves(running, expected);
    gateway.closeAllConnections();
    gateway.close();
  });

  test("a child process that is stopped", () => {
    const group = { name: "faults", directory: newFolder("group"), interval: 0.2 };
    return expectFault(
      {
        faults: { silentChild: { childOptions: { readers: [], group } } },
        options: { group },
        parameters: { groupMemberSilent: { threshold: 3 } },
      },
      [{ name: "GroupMemberSilent", cause: "A process or thread has not reported for" }],
    );
  });

  test("a receiver that is away", async () => {
    const port = await freePort();
    return expectFault(
      {
        faults: { receiverAway: { port } },
        options: {
          alerts: {
            route: { groupWait: 0, groupInterval: 1 },
            receivers: [{ type: "webhook", name: "duty", url: `http://127.0.0.1:${port}` }],
            rules: [{ name: "shop", rules: [{ alert: "Waiting", expr: "message_queue_size > 0" }] }],
          },
        },
        parameters: { notificationsFailing: { window: "30s" } },
      },
      [{ name: "NotificationsFailing", cause: "duty" }],
    );
  });
});
