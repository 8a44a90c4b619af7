import { expect, test } from "vitest";
import { bothLoaders, samples, scrapeOf } from "../applications.ts";

const folder = import.meta.dirname;
// With a preload of the application, the loader has hooks of its own.
const OTHER_PRELOAD = { NODE_OPTIONS: "--import=data:text/javascript," };

test.each([
  ...bothLoaders().map((start) => [...start, {}] as const),
  ["an ES module beside another preload", "--import", "app.mjs", OTHER_PRELOAD] as const,
])("the tools of %s started with %s have their durations", async (_, flag, program, env) => {
  const text = await scrapeOf({ folder, program, flag, env });
  for (const side of ["client", "server"])
    expect(samples(text, `mcp_${side}_operation_duration_seconds_count`)).toContain(
      `mcp_${side}_operation_duration_seconds_count{gen_ai_operation_name="execute_tool",gen_ai_tool_name="weather",mcp_method_name="tools/call"} 1`,
    );
});
