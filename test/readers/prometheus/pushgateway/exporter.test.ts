import { diag } from "@opentelemetry/api";
import { PushgatewayExporter, type PushgatewayOptions } from "tachymeter/prometheus";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { groupUrl } from "../../../../src/readers/prometheus/pushgateway/group-url.ts";
import { collectWarnings } from "../../../kit/collect-warnings.ts";
import { exported } from "../../../kit/exported.ts";
import { newFolder } from "../../../kit/new-folder.ts";
import { freePort } from "../../../kit/process.ts";
import { pushReceiver } from "../../../kit/pushgateway.ts";
import { counter, resourceMetrics, scope } from "../../resource-metrics.ts";

let warnings: readonly string[];
beforeEach(() => void (warnings = collectWarnings()));
afterEach(() => diag.disable());

const ordersOf = (value: number) =>
  resourceMetrics([scope("shop", [counter({ name: "orders" }, [{}, value])])]);

test.each([
  ["http://gateway:9091", "backup", {}, "http://gateway:9091/metrics/job/backup"],
  ["http://gateway:9091/push/", "a/b", {}, "http://gateway:9091/push/metrics/job@base64/YS9i"],
  ["http://g", "a", { host: "", dir: ".." }, "http://g/metrics/job/a/host@base64/=/dir@base64/Li4"],
  ["http://g", "ä b", { zone: "eu-1.x" }, "http://g/metrics/job@base64/w6QgYg/zone/eu-1.x"],
])("the group of %s, %s and %j has its own URL", (url, job, groupings, expected) => {
  expect(groupUrl(url, job, groupings).href).toBe(expected);
});

test("user and password of the URL are sent, but never logged", async () => {
  const receiver = await pushReceiver();
  const { host } = new URL(receiver.url);
  const exporter = exporterTo({ url: `http://me:s3cr%25et@${host}`, job: "batch" });
  receiver.next.push({ status: 400, text: "no: s3cr%et or s3cr%25et or bWU6czNjciVldA==" });
  await exported(exporter, ordersOf(1));
  await exporter.forceFlush();
  expect(receiver.requests[0]).toMatchObject({
    method: "PUT",
    path: "/metrics/job/batch",
    authorization: `Basic ${Buffer.from("me:s3cr%et").toString("base64")}`,
  });
  expect(warnings.join("\n")).toMatch(
    /pushgateway exporter "http:.*\/metrics\/job\/batch": 1 data points dropped/,
  );
  expect(warnings.join("\n")).not.toMatch(/s3cr|bWU6/);
});

test("a job or label whose URL has it in base64 does not hide the host", async () => {
  const receiver = await pushReceiver();
  const { host } = new URL(receiver.url);
  const groupings = { path: "/srv/a b", mail: "me@shop" };
  const exporter = exporterTo({ url: `http://me:s3cr%25et@${host}/push/`, job: "nightly/backup", groupings });
  receiver.next.push({ status: 400, text: "no" });
  await exported(exporter, ordersOf(1));
  await exporter.forceFlush();
  expect(receiver.requests[0]?.path).toMatch(/^\/push\/metrics\/job@base64\//);
  const group = "/metrics/job/nightly%2Fbackup/path/%2Fsrv%2Fa%20b/mail/me%40shop";
  expect(warnings.join("\n")).toContain(`pushgateway exporter "http://${host}/push${group}"`);
  expect(warnings.join("\n")).not.toMatch(/s3cr|hidden/);
});

test("of collections that wait, only the newest is sent", async () => {
  const receiver = await pushReceiver();
  // Until the others wait, since the first may be repeated at any time after it has failed.
  let answer = (): void => {};
  receiver.next.push({ status: 503, after: new Promise((resolve) => (answer = resolve)) });
  const exporter = exporterTo({ url: receiver.url, job: "batch" });
  await exported(exporter, ordersOf(1));
  await expect.poll(() => receiver.requests.length).toBe(1);
  await exported(exporter, ordersOf(2));
  await exported(exporter, ordersOf(3));
  answer();
  await exporter.forceFlush();
  expect(receiver.requests.map(({ text }) => /^orders_total.* (\d+)$/m.exec(text)?.[1])).toEqual(["1", "3"]);
});

test("the group is deleted once, and only if it was pushed", async () => {
  const receiver = await pushReceiver();
  const options = { url: receiver.url, job: "batch", deleteAtEnd: true };
  await exporterTo(options).shutdown();
  const exporter = exporterTo(options);
  await exported(exporter, ordersOf(1));
  await exporter.forceFlush();
  await exporter.shutdown();
  expect(receiver.requests.map(({ method }) => method)).toEqual(["PUT", "DELETE"]);
});

test("of jobs that share an outbox, each delivers only its own figures and deletion", async () => {
  const outbox = { directory: newFolder("outbox") };
  const unreachable = `http://127.0.0.1:${await freePort()}`;
  const backup = { job: "backup", deleteAtEnd: true, outbox };
  const dead = exporterTo({ ...backup, url: unreachable });
  await exported(dead, ordersOf(1));
  await dead.shutdown();
  const receiver = await pushReceiver();
  const job = exporterTo({ url: receiver.url, job: "import", outbox });
  await exported(job, ordersOf(2));
  await job.forceFlush();
  expect(receiver.requests.map(({ path }) => path)).toEqual(["/metrics/job/import"]);
  // The newest record of the job is the deletion of its group.
  await exporterTo({ ...backup, url: receiver.url }).forceFlush();
  const last = receiver.requests.slice(1).map(({ method, path }) => `${method} ${path}`);
  expect(last).toEqual(["DELETE /metrics/job/backup"]);
});

test("all invalid options are reported together", () => {
  const options: object = { url: "gateway", groupings: { job: "x" }, mode: "put", intervall: 1 };
  const names = ["intervall", "url", "groupings", "mode", "job"];
  expect(() => Reflect.construct(PushgatewayExporter, [options])).toThrow(
    expect.objectContaining({ problems: names.map((name) => expect.objectContaining({ name })) }),
  );
});

function exporterTo(options: PushgatewayOptions): PushgatewayExporter {
  const exporter = new PushgatewayExporter(options);
  onTestFinished(() => exporter.shutdown());
  return exporter;
}
