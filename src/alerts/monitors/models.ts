import { count, factor, range, seconds, share } from "./kinds.ts";
import { fromFirstEvent, type Monitor, monitor, monitorOf } from "./monitor.ts";
import { type Ratio, ratioAbove, slowerThanBefore } from "./ratios.ts";

const BY = "gen_ai_provider_name, gen_ai_request_model";
const MODEL = "{{ $labels.gen_ai_request_model }} of {{ $labels.gen_ai_provider_name }}";
const TOOL = "{{ $labels.gen_ai_tool_name }}";
const CALLS = "gen_ai_client_inference_duration_seconds_count";
const CALLS_FOR_EMBEDDINGS = "gen_ai_client_embeddings_duration_seconds_count";
const FIRST_CHUNK = "gen_ai_client_inference_time_to_first_chunk_seconds";
const TOOLS = "gen_ai_execute_tool_duration_seconds_count";
const TOOLS_SERVED = "mcp_server_operation_duration_seconds_count";
const RESPONSES = "llm_responses_total";
const RETRIES = "llm_retries_total";
// The status of the response, or the name of the error: Bedrock has names.
const RATE_LIMITS = "429|ThrottlingException|TooManyRequestsException|rate_limit_exceeded";
// The application itself ends such a call. Time-outs have other names.
const CANCELLED = "AbortError|APIUserAbortError";
// Finish reasons that mean the token limit, by provider.
const TRUNCATED = "length|max_tokens|MAX_TOKENS|model_length|model_context_window_exceeded";

/** Monitors of calls to language models, and of tools. Each attempt is a call. */
export const MODELS: readonly Monitor[] = [
  monitor("modelsFailing", "warning", {
    needs: fromFirstEvent(CALLS),
    fires:
      "more than `threshold` of the calls of a model fail, other than by rate limits and cancellation, with at least `events` failures in `window`",
    for: "5m",
    parameters: { threshold: share(0.05), window: range("10m"), events: count(5) },
    expr: (values) => callsWith(`error_type!~"|${RATE_LIMITS}|${CANCELLED}"`, values),
    summary: `Calls of ${MODEL} fail`,
    description: `{{ $value | humanizePercentage }} of the calls of ${MODEL} fail. Label error_type of gen_ai_client_inference_duration_seconds has the status or the kind. Look at the provider's status page, the key and the time-out.`,
  }),
  monitor("modelsRateLimited", "warning", {
    needs: fromFirstEvent(CALLS),
    fires:
      "more than `threshold` of the calls of a model are refused by rate limits, with at least `events` in `window`. Retries count, too",
    for: "5m",
    parameters: { threshold: share(0.05), window: range("10m"), events: count(5) },
    expr: (values) => callsWith(`error_type=~"${RATE_LIMITS}"`, values),
    summary: `Rate limits refuse calls of ${MODEL}`,
    description: `{{ $value | humanizePercentage }} of the calls of ${MODEL} are refused, since there are too many or they have too many tokens. Clients retry them, and users wait. Send fewer at once, or ask the provider for a higher limit.`,
  }),
  monitor("modelsRetried", "warning", {
    needs: fromFirstEvent(CALLS),
    fires:
      "more than `threshold` of the calls of a model repeat a failed one, with at least `events` in `window`, as by the client's own retries",
    for: "5m",
    parameters: { threshold: share(0.2), window: range("10m"), events: count(5) },
    expr: (values) => shareOfCalls(() => RETRIES, values),
    summary: `Calls of ${MODEL} are repeated`,
    description: `{{ $value | humanizePercentage }} of the calls of ${MODEL} repeat a failed one. Users wait for all of them, and a server that has too much to do gets more. Look at what fails, limit the retries, and leave more time between them.`,
  }),
  monitor("modelsSlower", "warning", {
    needs: fromFirstEvent(`${FIRST_CHUNK}_count`),
    fires:
      "the first chunk of a model's response takes more than `factor` times as long as a day before. Without a history, the third to fifth `window` before are compared. It takes at least `minimum`, and there were at least `events` in `window`",
    for: "10m",
    parameters: { factor: factor(2), window: range("10m"), minimum: seconds(0.5), events: count(20) },
    expr: (values) => slowerThanBefore({ ...values, histogram: FIRST_CHUNK, by: BY }),
    summary: `${MODEL} takes longer to begin a response`,
    description: `The first chunk of ${MODEL} takes {{ $value | humanizeDuration }} on average, more than {factor} times as long as before. Look at the provider's status page, the length of the input, and whether it is read from the cache.`,
  }),
  monitorOf(
    "modelTokensGrowing",
    "warning",
    {
      needs: fromFirstEvent("gen_ai_client_inference_operation_input_tokens_count"),
      fires:
        "the input or the output of a model's calls has more than `factor` times as many tokens as a day before. Without a history, the third to fifth `window` before are compared. It has at least `minimum`, and there were at least `events` calls in `window`",
      for: "10m",
      parameters: { factor: factor(2), window: range("10m"), minimum: count(500), events: count(20) },
    },
    (values) =>
      (["input", "output"] as const).map((side) => ({
        expr: slowerThanBefore({
          ...values,
          histogram: `gen_ai_client_inference_operation_${side}_tokens`,
          by: BY,
        }),
        labels: { gen_ai_token_type: side },
        summary: `Calls of ${MODEL} have more ${side} tokens than before`,
        description: `A call of ${MODEL} has {{ $value | humanize }} ${side} tokens on average, more than ${values.factor} times as many as before. They cost as much more. Look for a changed prompt, histories that are never cut, and agents that loop.`,
      })),
  ),
  monitor("responsesTruncated", "warning", {
    needs: fromFirstEvent(RESPONSES),
    fires:
      "more than `threshold` of a model's responses end at the limit of tokens, with at least `events` in `window`",
    for: "5m",
    parameters: { threshold: share(0.1), window: range("30m"), events: count(5) },
    expr: (values) =>
      ratioAbove({
        ...values,
        bad: `${RESPONSES}{llm_finish_reason=~"${TRUNCATED}"}`,
        total: RESPONSES,
        by: BY,
      }),
    summary: `Responses of ${MODEL} are cut off`,
    description: `{{ $value | humanizePercentage }} of the responses of ${MODEL} end at the limit of tokens, and are incomplete. Raise the limit of the output, or ask for less.`,
  }),
  monitor("toolsFailing", "warning", {
    fires:
      "more than `threshold` of the executions of a tool fail, with at least `events` failures in `window`. Tools that the process serves by the Model Context Protocol count, too",
    for: "5m",
    parameters: { threshold: share(0.1), window: range("10m"), events: count(5) },
    expr: (values) =>
      [TOOLS, TOOLS_SERVED]
        .map((calls) => [`${calls}{error_type!="",gen_ai_tool_name!=""}`, `${calls}{gen_ai_tool_name!=""}`])
        .map(([bad = "", total = ""]) => ratioAbove({ ...values, bad, total, by: "gen_ai_tool_name" }))
        .join("\n  or "),
    summary: `Tool ${TOOL} fails`,
    description: `{{ $value | humanizePercentage }} of the executions of ${TOOL} fail. Label error_type of gen_ai_execute_tool_duration_seconds or mcp_server_operation_duration_seconds has the kinds. The model may call it with wrong arguments: look at its description.`,
  }),
];

type Limits = Pick<Ratio, "window" | "threshold" | "events">;

// The share of the calls that match.
function callsWith(matcher: string, limits: Limits): string {
  return shareOfCalls((calls) => `${calls}{${matcher}}`, limits);
}

// The ratio of a counter to the calls, of inference or of embeddings.
function shareOfCalls(badOf: (calls: string) => string, limits: Limits): string {
  return [CALLS, CALLS_FOR_EMBEDDINGS]
    .map((total) => ratioAbove({ ...limits, bad: badOf(total), total, by: BY }))
    .join("\n  or ");
}
