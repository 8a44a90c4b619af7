import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { samples } from "../instrumentations/applications.ts";
import { newFolder } from "../kit/new-folder.ts";
import { runNode, scrape } from "../kit/process.ts";

const root = resolve(import.meta.dirname, "../..");

test("an assistant's tokens, refused calls and cost are measured with one flag and a file of prices", async () => {
  const server = runNode({ cwd: root, args: ["examples/models/model-server.mjs"], env: { PORT: "0" } });
  const [, models = ""] = await server.waitForOutput(/models at (\S+)/);
  expect((await fetch(models)).status).toBe(400);
  const child = runNode({
    cwd: root,
    args: ["--import", "tachymeter/register", "examples/models/assistant.mjs"],
    env: {
      OPENAI_BASE_URL: models,
      OPENAI_API_KEY: "sk-secret",
      OTEL_CONFIG_FILE: "examples/models/telemetry.yaml",
      METRICS_PORT: "0",
      HISTORY_PATH: join(newFolder("history"), "assistant.db"),
    },
  });
  await child.waitForOutput(/10 questions are answered/);
  const [, url = ""] = await child.waitForOutput(/Prometheus endpoint at (\S+)/);
  const text = await scrape(url);
  const total = (name: string, label = ""): number =>
    samples(text, name)
      .filter((line) => line.includes(label))
      .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
  expect(total("gen_ai_client_inference_usage_input_tokens_total")).toBe(12_000);
  expect(total("gen_ai_client_inference_usage_cache_read_input_tokens_total")).toBe(10_000);
  expect(total("gen_ai_client_inference_usage_output_tokens_total")).toBe(110);
  expect(total("gen_ai_client_inference_time_to_first_chunk_seconds_count")).toBe(10);
  expect(total("llm_responses_total", 'llm_finish_reason="stop"')).toBe(10);
  // 26 requests: 20, and those that are repeated.
  const calls = (kind: string, label = ""): number =>
    total(`gen_ai_client_${kind}_duration_seconds_count`, label);
  const refused = 'error_type="429"';
  expect(calls("inference") + calls("embeddings")).toBe(26);
  expect(calls("inference", refused) + calls("embeddings", refused)).toBe(6);
  // By the prices of gpt-5-mini and text-embedding-3-small for a million tokens.
  const chat = 2_000 * 0.25 + 10_000 * 0.025 + 110 * 2;
  expect(total("llm_cost_total", 'currency="USD"')).toBeCloseTo((chat + 120 * 0.02) / 1e6, 9);
  expect(text).not.toMatch(/sk-secret|Where is|warehouse/);
  child.kill();
  expect(await child.exit).toEqual({ code: 0, signal: null });
});
