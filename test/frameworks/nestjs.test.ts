import type { Meter } from "@opentelemetry/api";
import { Controller, Get, type INestApplication } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { afterEach, expect, test } from "vitest";
import { start, type Tachymeter } from "tachymeter";
import {
  InjectMeter,
  InjectTelemetry,
  TachymeterHealthIndicator,
  TachymeterModule,
  type TachymeterModuleOptions,
  Timed,
} from "tachymeter/nestjs";

// Decorators are called as functions, since the tests are compiled without `experimentalDecorators`.
class Shop {
  readonly meter: Meter;
  readonly billing: Meter;
  readonly telemetry: Tachymeter | undefined;

  constructor(meter: Meter, billing: Meter, telemetry: Tachymeter | undefined) {
    this.meter = meter;
    this.billing = billing;
    this.telemetry = telemetry;
  }

  async above(): Promise<string> {
    return "above";
  }

  async below(): Promise<string> {
    return "below";
  }

  everything(): string {
    return "everything";
  }
}
InjectMeter()(Shop, undefined, 0);
InjectMeter("billing")(Shop, undefined, 1);
InjectTelemetry()(Shop, undefined, 2);
decorate("above", Timed(), Get("above"));
decorate("below", Get("below"), Timed("shop.below", { tier: "gold" }));
decorate("everything", Get("*path"));
Controller()(Shop);

class Prices {
  static round(price: number): number {
    return Math.round(price);
  }
}
const round = Object.getOwnPropertyDescriptor(Prices, "round") ?? {};
Object.defineProperty(Prices, "round", Timed()(Prices, "round", round) ?? round);

let telemetry: Tachymeter | undefined;
let application: INestApplication | undefined;

afterEach(async () => {
  await application?.close();
  await telemetry?.shutdown();
});

async function listening(
  options?: TachymeterModuleOptions,
): Promise<{ origin: string; nest: INestApplication }> {
  telemetry = start({ readers: [], host: false, runtime: false });
  class Application {}
  const imports = [TachymeterModule.forRoot(options), TachymeterModule.forFeature("billing")];
  application = await NestFactory.create(
    { module: Application, imports, controllers: [Shop] },
    { logger: false, abortOnError: false },
  );
  await application.listen(0, "127.0.0.1");
  return { origin: await application.getUrl(), nest: application };
}

test("meters and the telemetry are injected, and a catch-all route does not hide the metrics", async () => {
  const { nest, origin } = await listening();
  const shop = nest.get(Shop);
  expect(shop.telemetry).toBe(telemetry);
  shop.meter.createCounter("orders").add(1);
  shop.billing.createCounter("invoices").add(2);
  const text = await (await fetch(`${origin}/metrics`)).text();
  expect(text).toContain('orders_total{otel_scope_name="nestjs"} 1\n');
  expect(text).toContain('invoices_total{otel_scope_name="billing"} 2\n');
});

test("a timed method keeps its route, with the decorator above and below, and a static one has its class", async () => {
  const { origin } = await listening();
  expect(Prices.round(1.4)).toBe(1);
  for (const path of ["above", "below"]) expect(await (await fetch(`${origin}/${path}`)).text()).toBe(path);
  const text = await (await fetch(`${origin}/metrics`)).text();
  expect(text).toMatch(/application_call_duration_seconds_count\{code_function_name="Shop\.above".* 1\n/);
  expect(text).toMatch(/application_call_duration_seconds_count\{code_function_name="Prices\.round".* 1\n/);
  expect(text).toMatch(
    /application_call_duration_seconds_count\{code_function_name="shop\.below".*tier="gold".* 1\n/,
  );
});

test("the indicator is down if a critical component is unhealthy, and names no reason", async () => {
  const { nest } = await listening();
  const indicator = nest.get(TachymeterHealthIndicator);
  telemetry?.health.set("database", "degraded", "slow");
  expect(await indicator.isHealthy("shop")).toEqual({
    shop: { status: "up", health: "degraded", components: { database: "degraded" } },
  });
  telemetry?.health.set("database", "unhealthy", "connection refused by 10.0.0.7");
  expect(await indicator.isHealthy()).toEqual({
    tachymeter: { status: "down", health: "unhealthy", components: { database: "unhealthy" } },
  });
});

test("invalid options are refused when the application is created", async () => {
  const options: object = { path: "metrics" };
  await expect(listening(options)).rejects.toThrow(
    /tachymeter\/nestjs.*path must be a path that begins with/,
  );
});

test("an application context without a server has the providers alone", async () => {
  telemetry = start({ readers: [], host: false, runtime: false });
  const module = { module: class Application {}, imports: [TachymeterModule.forRoot()] };
  const context = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
  expect(context.get(TachymeterHealthIndicator)).toBeInstanceOf(TachymeterHealthIndicator);
  await context.close();
});

// As TypeScript does: the decorator that is written last is applied first.
function decorate(name: "above" | "below" | "everything", ...decorators: readonly MethodDecorator[]): void {
  for (const each of decorators.toReversed()) {
    const descriptor = Object.getOwnPropertyDescriptor(Shop.prototype, name) ?? {};
    const changed = each(Shop.prototype, name, descriptor);
    Object.defineProperty(Shop.prototype, name, changed ?? descriptor);
  }
}
