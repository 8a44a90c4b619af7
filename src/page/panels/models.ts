// Panels of language models, tools and agents.
import { type Panel, panel } from "./panel.ts";
import { classicQuantiles, errorShare } from "./queries.ts";

const INFERENCE = "gen_ai_client_inference_duration_seconds";
const EMBEDDINGS = "gen_ai_client_embeddings_duration_seconds";
const FIRST_CHUNK = "gen_ai_client_inference_time_to_first_chunk_seconds";
const TOKENS = "gen_ai_client_inference_usage_";
const TOOL = "gen_ai_execute_tool_duration_seconds";
const AGENT = "gen_ai_invoke_agent_duration_seconds";
const SERVED = "gen_ai_server_request_duration_seconds";
const MODEL = "gen_ai_request_model";
const AREA = "models";

/** Panels of calls of models, their tokens and cost, and of tools and agents. */
export const MODELS: readonly Panel[] = [
  panel({
    id: "models-rate",
    area: AREA,
    aspect: "rate",
    title: "Calls of models",
    description: "Calls per second, by the model that is asked for: the ten with the highest rate.",
    unit: "{call}/s",
    queries: [INFERENCE, EMBEDDINGS].map((name) => ({
      expression: `topk(10, sum by (${MODEL}) (rate(${name}_count[$range])))`,
      legend: `{{${MODEL}}}`,
    })),
    needs: [`${INFERENCE}_count`, `${EMBEDDINGS}_count`],
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
    kind: "stacked",
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
    title: "Errors of calls of models",
    description: "Share of the calls that failed, by model: the ten with the highest share.",
    unit: "1",
    queries: [
      {
        expression: `topk(10, ${errorShare(`${INFERENCE}_count`, 'error_type!=""', MODEL)})`,
        legend: `{{${MODEL}}}`,
      },
    ],
    needs: [`${INFERENCE}_count`],
    overview: true,
  }),
  panel({
    id: "models-failures",
    area: AREA,
    aspect: "errors",
    title: "Failed calls of models",
    description: "Failed calls per second, by the status or the kind of the error: 429 is a rate limit.",
    unit: "{call}/s",
    queries: [
      {
        expression: `topk(10, sum by (error_type) (rate(${INFERENCE}_count{error_type!=""}[$range])))`,
        legend: "{{error_type}}",
      },
    ],
    needs: [`${INFERENCE}_count`],
  }),
  panel({
    id: "models-duration",
    area: AREA,
    aspect: "duration",
    title: "Duration of calls of models",
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
    ],
    needs: [`${TOOL}_count`],
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
    ],
    needs: [`${TOOL}_count`],
  }),
  ...[
    ["tools", "tool", TOOL],
    ["agents", "agent", AGENT],
  ].map(([id = "", noun = "", histogram = ""]) =>
    panel({
      id: `${id}-duration`,
      area: AREA,
      aspect: "duration",
      title: `Slowest ${id}`,
      description: `95th percentile of the duration of the five slowest ${id}.`,
      unit: "s",
      queries: [
        {
          expression: `topk(5, histogram_quantile(0.95, sum by (gen_ai_${noun}_name, le) (rate(${histogram}_bucket[$range]))))`,
          legend: `{{gen_ai_${noun}_name}}`,
        },
      ],
      needs: [`${histogram}_count`],
    }),
  ),
];
