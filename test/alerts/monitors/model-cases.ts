// Faults of calls to language models, and of tools.
import { BURST, durations, fault, type MonitorCase, SLOWER } from "./monitor-case.ts";
import { birth, rate } from "./timelines.ts";

const GPT = { gen_ai_provider_name: "openai", gen_ai_request_model: "gpt-5" };
const EMBEDDING = { gen_ai_provider_name: "openai", gen_ai_request_model: "text-embedding-3-small" };
const CLAUDE = { gen_ai_provider_name: "aws.bedrock", gen_ai_request_model: "claude" };
const TOOL = { gen_ai_tool_name: "search" };
const TOOL_SERVED = { gen_ai_tool_name: "weather" };

/** A fault for each monitor of models. */
export const MODEL_CASES: readonly MonitorCase[] = [
  fault("modelsFailing", GPT, {
    gen_ai_client_inference_duration_seconds_count: rate(100, 80),
    'gen_ai_client_inference_duration_seconds_count{error_type="500"}': rate(1, 20),
    // Refused calls are those of another monitor, and the application cancels calls.
    'gen_ai_client_inference_duration_seconds_count{error_type="429"}': rate(1, 1),
    'gen_ai_client_inference_duration_seconds_count{error_type="APIUserAbortError"}': rate(20, 1),
  }),
  fault(
    "modelsFailing",
    EMBEDDING,
    {
      gen_ai_client_embeddings_duration_seconds_count: rate(20, 20),
      'gen_ai_client_embeddings_duration_seconds_count{error_type="TypeError"}': birth(40),
    },
    BURST,
  ),
  ...Object.entries({ 429: GPT, ThrottlingException: CLAUDE, rate_limit_exceeded: EMBEDDING }).map(
    ([type, model]) =>
      fault("modelsRateLimited", model, {
        gen_ai_client_inference_duration_seconds_count: rate(100, 80),
        [`gen_ai_client_inference_duration_seconds_count{error_type="${type}"}`]: rate(1, 20),
      }),
  ),
  {
    ...fault("modelsRetried", GPT, {
      gen_ai_client_inference_duration_seconds_count: rate(100, 70),
      'gen_ai_client_inference_duration_seconds_count{error_type="503"}': rate(1, 30),
      llm_retries_total: rate(1, 30),
    }),
    also: ["modelsFailing"],
  },
  {
    ...fault(
      "modelsRetried",
      EMBEDDING,
      {
        gen_ai_client_embeddings_duration_seconds_count: rate(20, 20),
        'gen_ai_client_embeddings_duration_seconds_count{error_type="429"}': birth(90),
        llm_retries_total: birth(80),
      },
      BURST,
    ),
    also: ["modelsRateLimited"],
  },
  fault(
    "modelsSlower",
    GPT,
    durations("gen_ai_client_inference_time_to_first_chunk_seconds", "", 30, 0.4, 1.5),
    SLOWER,
  ),
  ...(["input", "output"] as const).map((side): MonitorCase => ({
    monitor: "modelTokensGrowing",
    labels: { ...GPT, gen_ai_token_type: side },
    series: durations(
      `gen_ai_client_inference_operation_${side}_tokens`,
      'gen_ai_provider_name="openai",gen_ai_request_model="gpt-5"',
      30,
      600,
      4_000,
    ),
    ...SLOWER,
  })),
  fault("responsesTruncated", GPT, {
    'llm_responses_total{llm_finish_reason="stop"}': rate(100, 80),
    'llm_responses_total{llm_finish_reason="length"}': rate(2, 20),
  }),
  fault("toolsFailing", TOOL, {
    gen_ai_execute_tool_duration_seconds_count: rate(20, 10),
    'gen_ai_execute_tool_duration_seconds_count{error_type="TypeError"}': rate(0.1, 10),
  }),
  fault("toolsFailing", TOOL_SERVED, {
    mcp_server_operation_duration_seconds_count: rate(20, 10),
    'mcp_server_operation_duration_seconds_count{error_type="tool_error"}': rate(0.1, 10),
  }),
];
