import { diag } from "@opentelemetry/api";
import { expect, test } from "vitest";
import { FETCHER } from "../../../instrumentations/cohere/index.ts";
import { begin } from "../../../instrumentations/cohere/instrumentation.ts";
import { Recording } from "../../../instrumentations/shared/recording.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { collectingProvider } from "../../kit/collecting.ts";

// A function in place of the client's, which `npm test` does not install.
test("a failure of the facade reaches the log, not the application of Cohere's client", async () => {
  const { provider } = collectingProvider();
  const genAi = (): never => {
    throw new Error("no facade");
  };
  const meter = provider.getMeter("test");
  const recording = new Recording({ name: "cohere", config: { genAi }, meterProvider: provider, meter });
  const exports = { fetcher: async (args: object) => ({ ok: true, body: args }) };
  begin(recording)(exports, FETCHER);
  const warnings = collectWarnings();
  const args = { url: "https://api.cohere.com/v2/chat", method: "POST", responseType: "json" };
  expect(await exports.fetcher(args)).toEqual({ ok: true, body: args });
  expect(warnings).toEqual([expect.stringContaining("cohere")]);
  diag.disable();
  recording.end();
});
