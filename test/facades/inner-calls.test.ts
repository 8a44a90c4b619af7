import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { InnerCalls } from "../../src/facades/gen-ai/inner-calls.ts";
import { GenAi } from "../../src/facades/index.ts";
import { collectingProvider } from "../kit/collecting.ts";

test("an operation is noted by the call that it belongs to, also if others run at the same time", async () => {
  const genAi = new GenAi({ meterProvider: collectingProvider().provider });
  const client = async (): Promise<void> => {
    await setImmediate();
    genAi.operation({ provider: "openai" });
  };
  const [outer, middle, other] = [new InnerCalls(), new InnerCalls(), new InnerCalls()];
  await Promise.all([
    outer.around(async () => {
      await setImmediate();
      await middle.around(client);
    }),
    other.around(() => setImmediate()),
    client(),
  ]);
  expect([middle.hasAny, other.hasAny]).toEqual([true, false]);
  // Its own operation begins in the call around it.
  outer.around(() => genAi.operation({ provider: "langchain" }));
  expect(outer.hasAny).toBe(true);
});

test("an operation of another kind belongs to another call", () => {
  const genAi = new GenAi({ meterProvider: collectingProvider().provider });
  const isNoted = (outer: string, inner: string, provider = "openai", model = "", painter = ""): boolean => {
    const call = new InnerCalls({ operation: outer, provider, requestModel: model });
    call.around(() => genAi.operation({ provider, operation: inner, requestModel: painter }));
    return call.hasAny;
  };
  const kinds = ["chat", "embeddings", "generate_content"];
  expect(kinds.map((outer) => kinds.filter((inner) => isNoted(outer, inner)))).toEqual([
    ["chat"],
    ["embeddings"],
    ["chat", "generate_content"],
  ]);
  // A chat, too.
  expect(isNoted("chat", "generate_content", "gcp.gemini")).toBe(true);
  // Models that paint.
  for (const painter of ["imagen-4.0-generate-001", "gemini-3-pro-image"]) {
    expect(isNoted("chat", "generate_content", "gcp.gemini", "gemini-3-flash", painter)).toBe(false);
    expect(isNoted("chat", "generate_content", "gcp.gemini", painter, painter)).toBe(true);
  }
});
