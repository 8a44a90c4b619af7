import { afterEach, beforeEach, expect, test } from "vitest";
import Fastify, { type FastifyInstance } from "fastify";
import { start, type Tachymeter } from "tachymeter";
import { fastifyMetrics, type FastifyMetricsOptions } from "tachymeter/fastify";
import { PrometheusExporter } from "tachymeter/prometheus";

let telemetry: Tachymeter | undefined;
let apps: FastifyInstance[];

beforeEach(() => {
  apps = [];
});

afterEach(async () => {
  for (const app of apps) await app.close();
  await telemetry?.shutdown();
  telemetry = undefined;
});

function begin(readers: PrometheusExporter[] = []): Tachymeter {
  telemetry = start({ readers, host: false, runtime: false });
  return telemetry;
}

async function listening(options?: FastifyMetricsOptions): Promise<{ app: FastifyInstance; origin: string }> {
  const app = Fastify();
  apps.push(app);
  await app.register(fastifyMetrics, options ?? {});
  return { app, origin: await app.listen({ host: "127.0.0.1", port: 0 }) };
}

test("an application has the running telemetry and a meter, also within its plugins", async () => {
  const running = begin();
  const { app, origin } = await listening();
  expect(app.telemetry).toBe(running);
  app.meter.createCounter("orders").add(2);
  const scrape = await fetch(`${origin}/metrics`);
  expect(scrape.status).toBe(200);
  expect(await scrape.text()).toContain('orders_total{otel_scope_name="fastify"} 2\n');
});

test("health checks have routes on request only", async () => {
  const { health } = begin();
  health.set("database", "unhealthy");
  const without = await listening();
  expect((await fetch(`${without.origin}/readyz`)).status).toBe(404);
  const { origin } = await listening({ health: true });
  expect((await fetch(`${origin}/readyz`)).status).toBe(503);
  expect((await fetch(`${origin}/livez`)).status).toBe(200);
});

test("the path may be another one, or none", async () => {
  begin();
  const { origin } = await listening({ path: "/internal/metrics" });
  expect((await fetch(`${origin}/internal/metrics`)).status).toBe(200);
  expect((await fetch(`${origin}/metrics`)).status).toBe(404);
  const none = await listening({ path: false });
  expect((await fetch(`${none.origin}/metrics`)).status).toBe(404);
});

test("the exporter's own options apply, such as a token", async () => {
  begin();
  const { origin } = await listening({ prometheus: { bearerToken: "s3cret" } });
  expect((await fetch(`${origin}/metrics`)).status).toBe(401);
  const headers = { authorization: "Bearer s3cret" };
  expect((await fetch(`${origin}/metrics`, { headers })).status).toBe(200);
});

test("an exporter that start() has as a reader is used as it is", async () => {
  const exporter = new PrometheusExporter({ preventServerStart: true, prefix: "shop" });
  begin([exporter]);
  const { app, origin } = await listening({ prometheus: exporter });
  app.meter.createCounter("orders").add(1);
  expect(await (await fetch(`${origin}/metrics`)).text()).toContain("shop_orders_total");
});

test("applications that are closed leave no reader behind", async () => {
  const running = begin();
  const reading: number[] = [];
  const counter = running.meterProvider.getMeter("reads").createObservableCounter("reads");
  counter.addCallback(() => void reading.push(1));
  for (let i = 0; i < 3; i++) {
    const { app } = await listening();
    await app.close();
  }
  await running.forceFlush();
  await running.snapshot();
  // The snapshot's own reader alone.
  expect(reading.length).toBe(1);
});

test("all invalid options are refused together", async () => {
  begin();
  const options: object = { path: "metrics", health: "yes", prometheus: 3, port: 1 };
  const app = Fastify();
  apps.push(app);
  await expect(app.register(fastifyMetrics, options)).rejects.toThrow(
    /tachymeter\/fastify[^]*path must be a path[^]*health must be true or false[^]*prometheus must be[^]*port/,
  );
});

test("options of Fastify's register() are not the plugin's", async () => {
  begin();
  const app = Fastify();
  apps.push(app);
  await app.register(fastifyMetrics, { path: "/own", prefix: "/p", logLevel: "warn" });
  expect((await app.inject("/own")).statusCode).toBe(200);
});

test("without a running Tachymeter the application works, and a warning says what to do", async () => {
  const warned = new Promise<Error>((resolve) => void process.once("warning", resolve));
  const { app, origin } = await listening({ health: true });
  expect(await warned).toMatchObject({
    code: "TACHYMETER_NOT_RUNNING",
    message: expect.stringContaining("node --import tachymeter/register"),
  });
  expect(app.telemetry).toBeUndefined();
  app.meter.createCounter("orders").add(1);
  const scrape = await fetch(`${origin}/metrics`);
  expect({ status: scrape.status, text: await scrape.text() }).toEqual({
    status: 200,
    text: expect.stringContaining("# no metrics"),
  });
});
