// The clients of models, and the AI SDK, in one application.
import { expect, test } from "vitest";
import { samples, scrapeOf, starts } from "../applications.ts";

test.each(starts())("the calls of %s started with %s are counted", async (_, flag, program) => {
  const text = await scrapeOf({ folder: import.meta.dirname, program, flag });
  const models = samples(text, "gen_ai_client_inference_duration_seconds_count").map(
    (line) => /request_model="(\w+)".* 1$/.exec(line)?.[1] ?? line,
  );
  expect(models.toSorted()).toEqual(["ai", "anthropic", "bedrock", "groq", "ollama", "openai"]);
});
