import { expect, test } from "vitest";
import { servedPage } from "../kit/served-page.ts";

test("the page of models has charts of calls, tokens, cost, tools and agents, once there are some", async () => {
  const { telemetry, stream } = await servedPage({
    facades: { genAi: { prices: { "gpt-5": { input: 1.25, output: 10 } } } },
  });
  const page = await stream("area/models");
  expect((await page.next("view")).charts).toEqual([]);
  const { genAi } = telemetry;
  const work = (): void => {
    const call = genAi.operation({ provider: "openai", requestModel: "gpt-5" });
    call.chunk();
    call.ended({ inputTokens: 4_000, outputTokens: 500, finishReason: "stop" });
    genAi.agent("buyer", () => genAi.tool("search", () => 7));
  };
  work();
  const timer = setInterval(work, 100);
  const { charts } = await page
    .next("view", (view) => view.charts.some(({ id, series }) => id === "models-cost" && series.length > 0))
    .finally(() => clearInterval(timer));
  expect(charts.map(({ id, unit }) => [id, unit])).toEqual([
    ["models-rate", "{call}/s"],
    ["models-tokens", "{token}/s"],
    ["models-cost", "{currency}/h"],
    ["models-ends", "{response}/s"],
    ["models-errors", "1"],
    ["models-duration", "s"],
    ["models-first-chunk", "s"],
    ["tools-rate", "{execution}/s"],
    ["tools-errors", "1"],
    ["tools-duration", "s"],
    ["agents-duration", "s"],
  ]);
  const cost = charts.find(({ id }) => id === "models-cost");
  expect(cost?.series.map(({ labels }) => labels)).toEqual([
    { gen_ai_request_model: "gpt-5", currency: "USD" },
  ]);
});
