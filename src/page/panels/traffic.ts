// Panels of traffic: HTTP, messages, commands, databases.
import { type Panel, panel } from "./panel.ts";
import { classicQuantiles, errorShare } from "./queries.ts";

const SERVED = "http_server_request_duration_seconds";
const MADE = "http_client_request_duration_seconds";
const PROCESSED = "message_processing_duration_seconds";
const COMMAND = "command_duration_seconds";
const DATABASE = "db_client_operation_duration_seconds";
const DESTINATION = "{{messaging_destination_name}}";

/** Panels of traffic: rate, errors and duration of each kind. */
export const TRAFFIC: readonly Panel[] = [
  panel({
    id: "http-rate",
    area: "http",
    aspect: "rate",
    title: "Requests served",
    description: "HTTP requests served per second, by status code.",
    unit: "{request}/s",
    kind: "stacked",
    queries: [
      {
        expression: `sum by (http_response_status_code) (rate(${SERVED}_count[$range]))`,
        legend: "{{http_response_status_code}}",
      },
    ],
    needs: [`${SERVED}_count`],
    overview: true,
  }),
  panel({
    id: "http-errors",
    area: "http",
    aspect: "errors",
    title: "Errors of requests served",
    description: "Share of the requests that ended with a status of 500 or above.",
    unit: "1",
    queries: [
      { expression: errorShare(`${SERVED}_count`, 'http_response_status_code=~"5.."'), legend: "errors" },
    ],
    needs: [`${SERVED}_count`],
    overview: true,
  }),
  panel({
    id: "http-duration",
    area: "http",
    aspect: "duration",
    title: "Duration of requests served",
    description: "Time from the request until its response is sent: median, 95th and 99th percentile.",
    unit: "s",
    queries: classicQuantiles(SERVED),
    needs: [`${SERVED}_count`],
    overview: true,
  }),
  panel({
    id: "http-routes",
    area: "http",
    aspect: "duration",
    title: "Slowest routes",
    description: "95th percentile of the duration of the five slowest routes.",
    unit: "s",
    queries: [
      {
        expression: `topk(5, histogram_quantile(0.95, sum by (http_route, le) (rate(${SERVED}_bucket{http_route!=""}[$range]))))`,
        legend: "{{http_route}}",
      },
    ],
    needs: [`${SERVED}_count`],
    overview: true,
  }),
  panel({
    id: "http-failing-routes",
    area: "http",
    aspect: "errors",
    title: "Failing routes",
    description: "Responses with a status of 500 or above per second: the five routes with the most.",
    unit: "{request}/s",
    queries: [
      {
        expression: `topk(5, sum by (http_request_method, http_route) (rate(${SERVED}_count{http_response_status_code=~"5.."}[$range])) > 0)`,
        legend: "{{http_request_method}} {{http_route}}",
      },
    ],
    needs: [`${SERVED}_count`],
    overview: true,
  }),
  panel({
    id: "http-client-rate",
    area: "http",
    aspect: "rate",
    title: "Requests made",
    description: "HTTP requests per second that the application made, by server.",
    unit: "{request}/s",
    queries: [
      {
        expression: `topk(10, sum by (server_address) (rate(${MADE}_count[$range])))`,
        legend: "{{server_address}}",
      },
    ],
    needs: [`${MADE}_count`],
  }),
  panel({
    id: "http-client-errors",
    area: "http",
    aspect: "errors",
    title: "Errors of requests made",
    description: "Share of the requests that failed or had a status of 400 or above, by server.",
    unit: "1",
    queries: [
      {
        expression: `topk(10, ${errorShare(`${MADE}_count`, 'error_type!=""', "server_address")})`,
        legend: "{{server_address}}",
      },
    ],
    needs: [`${MADE}_count`],
    overview: true,
  }),
  panel({
    id: "http-client-duration",
    area: "http",
    aspect: "duration",
    title: "Duration of requests made",
    description: "Time until the response of another server: median, 95th and 99th percentile.",
    unit: "s",
    queries: classicQuantiles(MADE),
    needs: [`${MADE}_count`],
    overview: true,
  }),
  panel({
    id: "messages-rate",
    area: "messages",
    aspect: "rate",
    title: "Messages",
    description: "Messages sent and received per second.",
    unit: "{message}/s",
    queries: [
      { expression: "sum(rate(messages_sent_total[$range]))", legend: "sent" },
      { expression: "sum(rate(messages_received_total[$range]))", legend: "received" },
    ],
    needs: ["messages_sent_total", "messages_received_total"],
    overview: true,
  }),
  panel({
    id: "messages-errors",
    area: "messages",
    aspect: "errors",
    title: "Errors of messages",
    description: "Share of the processed messages that failed.",
    unit: "1",
    queries: [{ expression: errorShare(`${PROCESSED}_count`, 'error_type!=""'), legend: "errors" }],
    needs: [`${PROCESSED}_count`],
  }),
  panel({
    id: "messages-duration",
    area: "messages",
    aspect: "duration",
    title: "Processing time of messages",
    description: "Time to process a message: median, 95th and 99th percentile.",
    unit: "s",
    queries: classicQuantiles(PROCESSED),
    needs: [`${PROCESSED}_count`],
    overview: true,
  }),
  panel({
    id: "messages-queues",
    area: "messages",
    aspect: "saturation",
    title: "Queue sizes",
    description: "Messages that wait, in the ten longest queues.",
    unit: "{message}",
    queries: [
      {
        expression:
          "topk(10, max by (messaging_system_name, messaging_destination_name) (message_queue_size))",
        // A client's own queue has no destination.
        legend: `${DESTINATION} {{messaging_system_name}}`,
      },
    ],
    needs: ["message_queue_size"],
    overview: true,
  }),
  panel({
    id: "messages-destinations",
    area: "messages",
    aspect: "rate",
    title: "Messages received by destination",
    description: "Messages received per second, by destination: the ten with the highest rate.",
    unit: "{message}/s",
    queries: [
      {
        expression: "topk(10, sum by (messaging_destination_name) (rate(messages_received_total[$range])))",
        legend: DESTINATION,
      },
    ],
    needs: ["messages_received_total"],
  }),
  panel({
    id: "messages-retried",
    area: "messages",
    aspect: "errors",
    title: "Retried messages",
    description: "Messages per second that were returned to their queue or failed with attempts left.",
    unit: "{message}/s",
    queries: [
      {
        expression: "sum by (messaging_destination_name) (rate(messages_retried_total[$range]))",
        legend: DESTINATION,
      },
    ],
    needs: ["messages_retried_total"],
  }),
  panel({
    id: "messages-in-flight",
    area: "messages",
    aspect: "saturation",
    title: "Messages in flight",
    description: "Messages that were received and are not yet settled.",
    unit: "{message}",
    queries: [
      { expression: "sum by (messaging_destination_name) (messages_in_flight)", legend: DESTINATION },
    ],
    needs: ["messages_in_flight"],
  }),
  panel({
    id: "commands-rate",
    area: "commands",
    aspect: "rate",
    title: "Commands",
    description: "Commands executed per second, by outcome.",
    unit: "{command}/s",
    kind: "stacked",
    queries: [
      { expression: "sum by (outcome) (rate(commands_executed_total[$range]))", legend: "{{outcome}}" },
    ],
    needs: ["commands_executed_total"],
    overview: true,
  }),
  panel({
    id: "commands-errors",
    area: "commands",
    aspect: "errors",
    title: "Errors of commands",
    description: "Share of the commands that failed, by command: the ten with the highest share.",
    unit: "1",
    queries: [
      {
        expression: `topk(10, ${errorShare("commands_executed_total", 'outcome="failure"', "command_name")})`,
        legend: "{{command_name}}",
      },
    ],
    needs: ["commands_executed_total"],
  }),
  panel({
    id: "commands-duration",
    area: "commands",
    aspect: "duration",
    title: "Duration of commands",
    description: "Time that a command takes: median, 95th and 99th percentile.",
    unit: "s",
    queries: classicQuantiles(COMMAND),
    needs: [`${COMMAND}_count`],
    overview: true,
  }),
  panel({
    id: "databases-rate",
    area: "databases",
    aspect: "rate",
    title: "Database operations",
    description: "Operations per second, by database system.",
    unit: "{operation}/s",
    queries: [
      {
        expression: `sum by (db_system_name) (rate(${DATABASE}_count[$range]))`,
        legend: "{{db_system_name}}",
      },
    ],
    needs: [`${DATABASE}_count`],
  }),
  panel({
    id: "databases-errors",
    area: "databases",
    aspect: "errors",
    title: "Errors of database operations",
    description: "Share of the operations that failed, by database system.",
    unit: "1",
    queries: [
      {
        expression: errorShare(`${DATABASE}_count`, 'error_type!=""', "db_system_name"),
        legend: "{{db_system_name}}",
      },
    ],
    needs: [`${DATABASE}_count`],
  }),
  panel({
    id: "databases-duration",
    area: "databases",
    aspect: "duration",
    title: "Duration of database operations",
    description: "Time that an operation takes: median, 95th and 99th percentile.",
    unit: "s",
    queries: classicQuantiles(DATABASE),
    needs: [`${DATABASE}_count`],
    overview: true,
  }),
  panel({
    id: "databases-connections",
    area: "databases",
    aspect: "utilization",
    title: "Database connections",
    description: "Connections of the pools, by state.",
    unit: "{connection}",
    kind: "stacked",
    queries: [
      {
        expression: "sum by (db_client_connection_state) (db_client_connection_count)",
        legend: "{{db_client_connection_state}}",
      },
    ],
    needs: ["db_client_connection_count"],
  }),
  panel({
    id: "databases-waiting",
    area: "databases",
    aspect: "saturation",
    title: "Waiting for a connection",
    description: "Requests that wait for a connection of a pool.",
    unit: "{request}",
    queries: [
      {
        expression: "sum by (db_client_connection_pool_name) (db_client_connection_pending_requests)",
        legend: "{{db_client_connection_pool_name}}",
      },
    ],
    needs: ["db_client_connection_pending_requests"],
  }),
];
