// Tables: what is slowest, fails most, or waits longest, by name.
import type { Area } from "./panel.ts";
import { errorShare } from "./queries.ts";

/** A column of a table, in PromQL. */
interface TableColumn {
  readonly title: string;
  /** Unit of the values, in UCUM. */
  readonly unit: string;
  /** Its result has the labels of the table; `$range` stands for the window of rates. */
  readonly expression: string;
}

/** A table: one row for each value of its labels. */
export interface Table {
  /** Unique, as in `http-routes`. */
  readonly id: string;
  readonly area: Area;
  readonly title: string;
  /** One sentence: the rows, and the meaning of the columns that need one. */
  readonly description: string;
  /** Labels that name a row, in the order of its name. */
  readonly by: readonly string[];
  /** The rows are sorted by the first one at first. */
  readonly columns: readonly TableColumn[];
  /** Ids of the panels that a row opens, for its labels alone. */
  readonly panels: readonly string[];
  /** Prometheus names of metrics. The table is shown if one of them has series. */
  readonly needs: readonly string[];
}

const TARGET = ["server_address", "server_port"];
const OPERATION = [
  "db_operation_name",
  "db_collection_name",
  "db_stored_procedure_name",
  "db_namespace",
  "db_system_name",
];

/** All tables, in the order in which they are shown. */
export const TABLES: readonly Table[] = [
  {
    id: "http-routes",
    area: "http",
    title: "Routes",
    description: "Share of the time of all requests, requests, share of status 500 and above, and p95.",
    by: ["http_request_method", "http_route"],
    columns: ofHistogram(
      "http_server_request_duration_seconds",
      ["http_request_method", "http_route"],
      'http_response_status_code=~"5.."',
      "{request}/s",
    ),
    panels: ["http-rate", "http-errors", "http-duration"],
    needs: ["http_server_request_duration_seconds_count"],
  },
  {
    id: "databases-operations",
    area: "databases",
    title: "Database operations",
    description: "Share of the time of all operations, operations, share of errors, and p95.",
    by: OPERATION,
    columns: ofHistogram(
      "db_client_operation_duration_seconds",
      OPERATION,
      'error_type!=""',
      "{operation}/s",
    ),
    panels: ["databases-rate", "databases-errors", "databases-duration"],
    needs: ["db_client_operation_duration_seconds_count"],
  },
  {
    id: "messages-queues",
    area: "messages",
    title: "Queues",
    description:
      "Messages that wait, the time until they are received at the present rate, messages received, share of errors, and p95 of processing.",
    by: ["messaging_destination_name"],
    columns: [
      {
        title: "Waiting",
        unit: "{message}",
        expression: "max by (messaging_destination_name) (message_queue_size)",
      },
      {
        title: "Wait",
        unit: "s",
        expression:
          "max by (messaging_destination_name) (message_queue_size) / (sum by (messaging_destination_name) (rate(messages_received_total[$range])) > 0)",
      },
      {
        title: "Received",
        unit: "{message}/s",
        expression: "sum by (messaging_destination_name) (rate(messages_received_total[$range]))",
      },
      ...ofHistogram(
        "message_processing_duration_seconds",
        ["messaging_destination_name"],
        'error_type!=""',
        "{message}/s",
      ).slice(2),
    ],
    panels: ["messages-queues", "messages-rate", "messages-errors", "messages-duration"],
    needs: ["message_queue_size", "messages_received_total"],
  },
  {
    id: "http-client-targets",
    area: "http",
    title: "Calls out",
    description: "Share of the time of all calls, calls, share of errors, and p95, by server.",
    by: TARGET,
    columns: ofHistogram("http_client_request_duration_seconds", TARGET, 'error_type!=""', "{request}/s"),
    panels: ["http-client-rate", "http-client-errors", "http-client-duration"],
    needs: ["http_client_request_duration_seconds_count"],
  },
  {
    id: "models-calls",
    area: "models",
    title: "Models",
    description: "Share of the time of all calls, calls, share of errors, and p95, by model.",
    by: ["gen_ai_request_model"],
    columns: ofHistogram(
      "gen_ai_client_inference_duration_seconds",
      ["gen_ai_request_model"],
      'error_type!=""',
      "{call}/s",
    ),
    panels: ["models-rate", "models-errors", "models-duration"],
    needs: ["gen_ai_client_inference_duration_seconds_count"],
  },
  {
    id: "commands-names",
    area: "commands",
    title: "Commands",
    description: "Share of the time of all commands, commands, share of failures, and p95.",
    by: ["command_name"],
    columns: ofHistogram("command_duration_seconds", ["command_name"], 'outcome="failure"', "{command}/s"),
    panels: ["commands-rate", "commands-errors", "commands-duration"],
    needs: ["command_duration_seconds_count"],
  },
  {
    id: "runtime-blocked",
    area: "runtime",
    title: "Functions that blocked the event loop",
    description:
      "Share of the time in which a function blocked the event loop for longer than the threshold.",
    by: ["code_function_name", "code_file_path", "code_line_number"],
    columns: [
      {
        title: "Time blocked",
        unit: "1",
        expression:
          "sum by (code_function_name, code_file_path, code_line_number) (rate(nodejs_eventloop_blocked_duration_seconds_total[$range])) > 0",
      },
    ],
    panels: ["runtime-blocked"],
    needs: ["nodejs_eventloop_blocked_duration_seconds_total"],
  },
];

// Share of the time of all, rate, share of errors, 95th percentile.
function ofHistogram(
  name: string,
  by: readonly string[],
  failed: string,
  unitOfRate: string,
): readonly TableColumn[] {
  const labels = by.join(", ");
  const total = (suffix: string): string => `sum by (${labels}) (rate(${name}_${suffix}[$range]))`;
  return [
    {
      title: "Time",
      unit: "1",
      expression: `${total("sum")} / scalar(sum(rate(${name}_sum[$range])))`,
    },
    { title: "Rate", unit: unitOfRate, expression: `${total("count")} > 0` },
    { title: "Errors", unit: "1", expression: errorShare(`${name}_count`, failed, labels) },
    {
      title: "p95",
      unit: "s",
      expression: `histogram_quantile(0.95, sum by (${labels}, le) (rate(${name}_bucket[$range])))`,
    },
  ];
}
