// Starts that cannot work.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Options, running, start } from "tachymeter";
import { MeterProvider } from "tachymeter/metrics";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { currentEnvironment } from "../../src/options/environment.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { newFolder } from "../kit/new-folder.ts";

afterEach(async () => {
  await running()?.shutdown();
});

test("with OTEL_SDK_DISABLED what cannot work is a warning, and nothing is started", () => {
  vi.stubEnv("OTEL_SDK_DISABLED", "true");
  onTestFinished(() => void vi.unstubAllEnvs());
  const warnings = collectWarnings();
  const telemetry = start({ readers: [{ type: "json", file: "/nowhere/metrics.json" }], host: false });
  telemetry.messaging.sent("jobs");
  expect(warnings).toEqual([expect.stringContaining("/nowhere/metrics.json")]);
});

test("a failed start uses the variables of the process again", () => {
  const file = join(newFolder("failed-start"), "otel.yaml");
  writeFileSync(file, `file_format: "1.1"\n`);
  vi.stubEnv("OTEL_CONFIG_FILE", file);
  onTestFinished(() => void vi.unstubAllEnvs());
  const createMeterProvider: Options["createMeterProvider"] = (parts) =>
    Reflect.get(new MeterProvider(parts), "missing");
  expect(() => start({ createMeterProvider })).toThrow("createMeterProvider must return");
  expect(currentEnvironment()).toBe(process.env);
});
