import * as sdk from "@opentelemetry/sdk-metrics";
import { MeterProvider } from "tachymeter/metrics";
import { describe } from "vitest";
import { compatibilityKit } from "./compatibility-kit.ts";
import type { MakeProvider } from "./pulled.ts";

const providers: readonly [string, MakeProvider][] = [
  ["upstream's provider", (options) => new sdk.MeterProvider(options)],
  ["our provider", (options) => new MeterProvider(options)],
];

describe.each(providers)("%s", (_, makeProvider) => {
  compatibilityKit(makeProvider);
});
