// Panels of language models, tools and agents.
import { type Panel, panel } from "./panel.ts";
import { classicQuantiles, errorShare } from "./queries.ts";

const INFERENCE = "gen_ai_client_inference_duration_seconds";
const EMBEDDINGS = "gen_ai_client_embeddings_duration_seconds";
const FIRST_CHUNK = "gen_ai_client_inference_time_to_first_chunk_seconds";
const TOKENS = "gen_ai_client_inference_usage_";
const CALLS = [`${INFERENCE}_count`, `${EMBEDDINGS}_count`];
const TOOL = "gen_ai_execute_tool_duration_seconds";
// Tools that the process serves by the Model Context Protocol.
const TOOL_SERVED = "mcp_server_operation_duration_seconds";
const HAS_TOOL = 'gen_ai_tool_name!=""';
const TOOLS = [`${TOOL}_count`, `${TOOL_SERVED}_count`];
const AGENT = "gen_ai_invoke_agent_duration_seconds";
const SERVED = "gen_ai_server_request_duration_seconds";
const MODEL = "gen_ai_request_model";
const AREA = "models";
const MCP = "{{gen_ai_tool_name}} (MCP)";

/** Panels of calls to models, their tokens and cost, and of tools and agents. */
export const MODELS: readonly Panel[] = [
  panel({
    id: "models-rate",
    area: AREA,
    aspect: "rate",
    title: "Calls to models",
    description: "Calls per second, by the model that is asked for: the ten with the highest rate.",
    unit: "{call}/s",
    queries: CALLS.map((name) => ({
      expression: `topk(10, sum by (${MODEL}) (rate(${name}[$range])))`,
      legend: `{{${MODEL}}}`,
    })),
    needs: CALLS,
    overview: true,
  }),
  panel({
    id: "models-tokens",
    area: AREA,
    aspect: "rate",
    title: "Tokens",
    description:
      "Tokens per second, by their kind. Input has those of the cache, and output those of reasoning.",
    unit: "{token}/s",
    queries: [
      ["input_tokens", "input"],
      ["output_tokens", "output"],
      ["cache_read_input_tokens", "read from the cache"],
      ["cache_write_input_tokens", "written to the cache"],
      ["reasoning_output_tokens", "reasoning"],
    ].map(([name = "", legend = ""]) => ({
      expression: `sum(rate(${TOKENS}${name}_total[$range]))`,
      legend,
    })),
    needs: [`${TOKENS}input_tokens_total`, `${TOKENS}output_tokens_total`],
  }),
  panel({
    id: "models-cost",
    area: AREA,
    aspect: "rate",
    title: "Cost of models",
    description: "Cost in an hour by the given prices, by model and currency.",
    unit: "{currency}/h",
    queries: [
      {
        expression: `3600 * sum by (${MODEL}, currency) (rate(llm_cost_total[$range]))`,
        legend: `{{${MODEL}}} {{currency}}`,
      },
    ],
    needs: ["llm_cost_total"],
    overview: true,
  }),
  panel({
    id: "models-ends",
    area: AREA,
    aspect: "rate",
    title: "Responses of models",
    description: "Responses per second, by the reason of their end in the words of the provider.",
    unit: "{response}/s",
    kind: "stacked",
    queries: [
      {
        expression: "sum by (llm_finish_reason) (rate(llm_responses_total[$range]))",
        legend: "{{llm_finish_reason}}",
      },
    ],
    needs: ["llm_responses_total"],
  }),
  panel({
    id: "models-errors",
    area: AREA,
    aspect: "errors",
    title: "Errors of calls to models",
    description: "Share of the calls that failed, by model: the ten with the highest share.",
    unit: "1",
    queries: CALLS.map((name) => ({
      expression: `topk(10, ${errorShare(name, 'error_type!=""', MODEL)})`,
      legend: `{{${MODEL}}}`,
    })),
    needs: CALLS,
    overview: true,
  }),
  panel({
    id: "models-failures",
    area: AREA,
    aspect: "errors",
    title: "Failed calls to models",
    description: "Failed calls per second, by the status or the kind of the error: 429 is a rate limit.",
    unit: "{call}/s",
    queries: [
      {
        expression: `topk(10, sum by (error_type) (${CALLS.map((name) => `rate(${name}{error_type!=""}[$range])`).join(" or ")}))`,
        legend: "{{error_type}}",
      },
    ],
    needs: CALLS,
  }),
  panel({
    id: "models-retries",
    area: AREA,
    aspect: "errors",
    title: "Repeated calls to models",
    description: "Calls per second that repeat a failed one, by model: the ten with the highest rate.",
    unit: "{call}/s",
    queries: [
      {
        expression: `topk(10, sum by (${MODEL}) (rate(llm_retries_total[$range])))`,
        legend: `{{${MODEL}}}`,
      },
    ],
    needs: ["llm_retries_total"],
  }),
  panel({
    id: "models-duration",
    area: AREA,
    aspect: "duration",
    title: "Duration of calls to models",
    description: "Time of a call, of a stream until its end: median, 95th and 99th percentile.",
    unit: "s",
    queries: classicQuantiles(INFERENCE),
    needs: [`${INFERENCE}_count`],
    overview: true,
  }),
  panel({
    id: "models-first-chunk",
    area: AREA,
    aspect: "duration",
    title: "Time to the first chunk",
    description: "Time from a call until the first chunk of its stream: median, 95th and 99th percentile.",
    unit: "s",
    queries: classicQuantiles(FIRST_CHUNK),
    needs: [`${FIRST_CHUNK}_count`],
  }),
  panel({
    id: "models-served",
    area: AREA,
    aspect: "duration",
    title: "Duration of requests to own models",
    description:
      "Time of a request to a model that the application serves: median, 95th and 99th percentile.",
    unit: "s",
    queries: classicQuantiles(SERVED),
    needs: [`${SERVED}_count`],
  }),
  panel({
    id: "tools-rate",
    area: AREA,
    aspect: "rate",
    title: "Executions of tools",
    description: "Executions per second, by tool: the ten with the highest rate.",
    unit: "{execution}/s",
    queries: [
      {
        expression: `topk(10, sum by (gen_ai_tool_name) (rate(${TOOL}_count[$range])))`,
        legend: "{{gen_ai_tool_name}}",
      },
      {
        expression: `topk(10, sum by (gen_ai_tool_name) (rate(${TOOL_SERVED}_count{${HAS_TOOL}}[$range])))`,
        legend: MCP,
      },
    ],
    needs: TOOLS,
  }),
  panel({
    id: "tools-errors",
    area: AREA,
    aspect: "errors",
    title: "Errors of tools",
    description: "Share of the executions that failed, by tool: the ten with the highest share.",
    unit: "1",
    queries: [
      {
        expression: `topk(10, ${errorShare(`${TOOL}_count`, 'error_type!=""', "gen_ai_tool_name")})`,
        legend: "{{gen_ai_tool_name}}",
      },
      {
        expression: `topk(10, ${errorShare(`${TOOL_SERVED}_count`, 'error_type!=""', "gen_ai_tool_name", HAS_TOOL)})`,
        legend: MCP,
      },
    ],
    needs: TOOLS,
  }),
  ...[
    {
      id: "tools",
      noun: "tool",
      histogram: TOOL,
      served: [{ expression: slowest("tool", TOOL_SERVED, `{${HAS_TOOL}}`), legend: MCP }],
      needs: TOOLS,
    },
    { id: "agents", noun: "agent", histogram: AGENT, served: [], needs: [`${AGENT}_count`] },
  ].map(({ id, noun, histogram, served, needs }) =>
    panel({
      id: `${id}-duration`,
      area: AREA,
      aspect: "duration",
      title: `Slowest ${id}`,
      description: `95th percentile of the duration of the five slowest ${id}.`,
      unit: "s",
      queries: [
        {
          expression: slowest(noun, histogram),
          legend: `{{gen_ai_${noun}_name}}`,
        },
        ...served,
      ],
      needs,
    }),
  ),
];

function slowest(noun: string, histogram: string, selector = ""): string {
  return `topk(5, histogram_quantile(0.95, sum by (gen_ai_${noun}_name, le) (rate(${histogram}_bucket${selector}[$range]))))`;
}
