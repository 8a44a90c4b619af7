// The example files: valid by OpenTelemetry's schema, and each with a process and real receivers.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { inspect } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { parse as yaml } from "yaml";
import { certificate, certificateOf } from "../kit/certificate.ts";
import { newFolder } from "../kit/new-folder.ts";
import { otlpReceiver } from "../kit/otlp-receiver/index.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { freePort, outputOf, runNode } from "../kit/process.ts";
import { grpcReceiver } from "../readers/otlp/grpc-receiver.ts";
import { startPushgateway } from "../servers/pushgateway.ts";
import { writtenPrometheus } from "../servers/written-prometheus.ts";
import { upstreamErrors } from "./published-schema.ts";

const folder = resolve(import.meta.dirname, "../../examples/configuration");

beforeAll(packedProject);

/** Runs an application with an example file until it ends. */
async function run(name: string, environment: Readonly<Record<string, string>>): Promise<string> {
  const program = `
    import { metrics } from "@opentelemetry/api";
    const meter = metrics.getMeter("shop");
    meter.createCounter("shop.orders").add(3, { country: "nz" });
    meter.createCounter("shop.debug.lines").add(1);
    metrics.getMeter("noisy.one").createCounter("noise").add(1);
    const baskets = meter.createHistogram("shop.basket", { unit: "{item}" });
    for (const size of [1, 4]) baskets.record(size, { country: "nz", user: "u" + size });
    const url = process.env.PROMETHEUS_PORT && "http://127.0.0.1:" + process.env.PROMETHEUS_PORT + "/metrics";
    for (let text = ""; url && text === ""; ) {
      text = await fetch(url).then((response) => response.text(), () => "");
      if (text !== "") console.log(text);
    }`;
  const child = runNode({
    cwd: await application({ "job.mjs": program }, { libraries: true }),
    args: ["--import", "tachymeter/register", "job.mjs"],
    env: { OTEL_CONFIG_FILE: join(folder, name), ...environment },
  });
  const output = await outputOf(child);
  expect(child.stderr).not.toMatch(/tachymeter (?:error|warn)/);
  return output;
}

test.each(readdirSync(folder))("%s is valid by OpenTelemetry's schema", (name) => {
  const text = readFileSync(join(folder, name), "utf8").replaceAll("${PROMETHEUS_PORT}", "9464");
  expect(upstreamErrors(yaml(text))).toBe(null);
});

test("getting-started.yaml exports to a collector", async () => {
  const receiver = await otlpReceiver();
  await run("getting-started.yaml", { COLLECTOR: receiver.url });
  // The first export is at a random moment within a minute, so it may come before the one at the end.
  expect(new Set(receiver.requests.map(({ path }) => path))).toEqual(new Set(["/v1/metrics"]));
  expect(receiver.metric("shop.orders")).toBeDefined();
});

test("complete.yaml exports with certificates, over gRPC, to a file and by its endpoint", async () => {
  const [server, client] = [await certificate(), await certificateOf("shop")];
  const { cert, key } = server;
  const tls = { cert, key, ca: client.cert, requestCert: true, rejectUnauthorized: true };
  const [receiver, grpc] = [await otlpReceiver(undefined, tls), await grpcReceiver()];
  const file = join(newFolder("configuration"), "metrics.jsonl");
  const text = await run("complete.yaml", {
    COLLECTOR: receiver.url,
    GRPC_COLLECTOR: `http://${grpc.address}`,
    CA_FILE: server.certFile,
    CERT_FILE: client.certFile,
    KEY_FILE: client.keyFile,
    API_KEY: "key-1",
    METRICS_FILE: file,
    PROMETHEUS_PORT: String(await freePort()),
  });
  expect(text).toMatch(/^shop_orders_total\{.*service_name="shop".*\} 3$/m);
  expect(text).toMatch(/^shop_basket_size_bucket\{country="nz",.*le="5".*\} 2$/m);
  expect(text).not.toMatch(/shop_debug|noise|user=/);
  const [request] = receiver.requests;
  expect(request?.clientName).toBe("shop");
  expect(request?.headers).toMatchObject({
    "api-key": "key-1",
    tenant: "retail",
    "content-encoding": "gzip",
  });
  expect(receiver.metric("shop.orders")).toMatchObject({ temporality: "delta" });
  expect(grpc.calls.at(-1)?.headers).toMatchObject({ "grpc-encoding": "gzip" });
  expect(inspect(grpc.calls.at(-1)?.body, { depth: 9 })).toContain("shop.orders");
  expect(readFileSync(file, "utf8")).toContain('"shop.basket.size"');
});

test("push.yaml pushes to a Pushgateway and to Prometheus", async (context) => {
  const prometheus = await writtenPrometheus(context, "3", []);
  const pushgateway = await startPushgateway();
  await run("push.yaml", { PUSHGATEWAY: pushgateway, PROMETHEUS: prometheus });
  const pushed = await (await fetch(`${pushgateway}/metrics`)).text();
  expect(pushed).toMatch(/^shop_orders_total\{.*job="nightly".*\} 3$/m);
  // At its end, the process marks its series as stale.
  const query = `${prometheus}/api/v1/query?query=last_over_time(shop_orders_total[1h])`;
  expect(await (await fetch(query)).text()).toMatch(/"job":"nightly".*"3"/);
});
