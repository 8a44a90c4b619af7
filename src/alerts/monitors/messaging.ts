import { count, factor, range, seconds, share } from "./kinds.ts";
import { fromFirstEvent, type Monitor, monitor } from "./monitor.ts";
import { counted, increased, ratioAbove, slowerThanBefore } from "./ratios.ts";

const QUEUE = "messaging_system_name, messaging_destination_name";
const BY = `job, instance, ${QUEUE}`;
const NAME = "{{ $labels.messaging_destination_name }}";
const PROCESSED = "message_processing_duration_seconds";

/** Monitors of queues and their consumers. */
export const MESSAGING: readonly Monitor[] = [
  monitor("queueGrowing", "warning", {
    fires:
      "a queue has more than `threshold` messages, never fewer in the last `window` than in the one before, and still more",
    for: "5m",
    keepFiringFor: "5m",
    parameters: { threshold: count(100), window: range("5m") },
    expr: (
      values,
    ) => `sum by (${BY}) (min_over_time(message_queue_size[${values.window}])) > ${values.threshold}
  and sum by (${BY}) (min_over_time(message_queue_size[${values.window}]))
    >= sum by (${BY}) (max_over_time(message_queue_size[${values.window}] offset ${values.window}))
  and sum by (${BY}) (deriv(message_queue_size[${values.window}])) > 0`,
    summary: `Queue ${NAME} grows`,
    description: `${NAME} has {{ $value | humanize }} messages, and more come than go. Each waits longer than the one before. Add consumers, or find out why they are slow.`,
  }),
  monitor("queueSizeMissing", "info", {
    fires: "the size of a queue was reported within `window`, and is no longer",
    for: "10m",
    parameters: { window: range("1h") },
    expr: ({ window }) => `group by (${BY}) (max_over_time(message_queue_size[${window}]))
  unless group by (${BY}) (message_queue_size)
  and on (job, instance) group by (job, instance) (process_uptime_seconds)`,
    summary: `The size of queue ${NAME} is unknown`,
    description: `Nothing reports the size of ${NAME} any more, so that its other monitors see nothing. Look for errors of its connection, or ignore this if the queue was removed.`,
  }),
  monitor("consumerStuck", "critical", {
    fires:
      "more than `threshold` messages wait in a queue that the process consumes, and for `window` none was processed",
    for: "5m",
    parameters: { threshold: count(0), window: range("5m") },
    expr: (
      values,
    ) => `sum by (${BY}) (min_over_time(message_queue_size[${values.window}])) > ${values.threshold}
  and sum by (${BY}) (messages_received_total) > 0
  unless sum by (${BY}) (${counted(`${PROCESSED}_count`, values.window)}) > 0`,
    summary: `The consumer of ${NAME} is stuck`,
    description: `{{ $value | humanize }} messages wait in ${NAME}, and none was processed for {window} or longer. Look at the consumer's log for a handler that never ends, and restart it.`,
  }),
  monitor("messagesHanging", "warning", {
    needs: fromFirstEvent("messages_in_flight"),
    fires: "messages are in progress, and for `window` none was settled",
    for: "5m",
    parameters: { window: range("10m") },
    expr: ({ window }) => `sum by (${BY}) (min_over_time(messages_in_flight[${window}])) > 0
  unless sum by (${BY}) (${counted(`${PROCESSED}_count`, window)}) > 0`,
    summary: `Messages of ${NAME} hang`,
    description: `{{ $value | humanize }} messages of ${NAME} were received, and none was settled for {window} or longer. Look for a handler that never ends, or that does not acknowledge.`,
  }),
  monitor("messagesSlower", "warning", {
    needs: fromFirstEvent(`${PROCESSED}_count`),
    fires:
      "a message takes more than `factor` times as long as a day before, or as in the third to fifth `window` before without a history. It takes at least `minimum`, and there were at least `events` in `window`",
    for: "10m",
    parameters: { factor: factor(2), window: range("10m"), minimum: seconds(0.05), events: count(20) },
    expr: (values) => slowerThanBefore({ ...values, histogram: PROCESSED, by: QUEUE }),
    summary: `Messages of ${NAME} take longer than before`,
    description: `A message of ${NAME} takes {{ $value | humanizeDuration }} on average, more than {factor} times as long as before. Look at what the handler calls: databases, other services.`,
  }),
  monitor("messageErrors", "warning", {
    needs: fromFirstEvent(`${PROCESSED}_count`),
    fires: "more than `threshold` of the messages fail, with at least `events` failures in `window`",
    for: "5m",
    parameters: { threshold: share(0.05), window: range("10m"), events: count(5) },
    expr: (values) =>
      ratioAbove({
        ...values,
        bad: `${PROCESSED}_count{error_type!=""}`,
        total: `${PROCESSED}_count`,
        by: QUEUE,
      }),
    summary: `Messages of ${NAME} fail`,
    description: `{{ $value | humanizePercentage }} of the messages of ${NAME} end in an error. Label error_type of message_processing_duration_seconds has the kinds.`,
  }),
  monitor("messagesRedelivered", "warning", {
    needs: fromFirstEvent("messages_received_total"),
    fires: "more than `threshold` of the received messages are retries, with at least `events` in `window`",
    for: "5m",
    parameters: { threshold: share(0.2), window: range("10m"), events: count(10) },
    expr: (values) =>
      ratioAbove({
        ...values,
        bad: "messages_retried_total",
        total: "messages_received_total",
        by: QUEUE,
      }),
    summary: `Messages of ${NAME} come again and again`,
    description: `{{ $value | humanizePercentage }} of what is received from ${NAME} was delivered before. Some messages may never succeed: move them to a dead-letter queue.`,
  }),
  monitor("brokerReconnects", "warning", {
    needs: fromFirstEvent("message_client_reconnects_total"),
    fires: "a client has lost its connection to a broker more than `threshold` times in `window`",
    parameters: { threshold: count(3), window: range("10m") },
    expr: ({ threshold, window }) =>
      `sum by (job, instance, messaging_system_name) ${increased("message_client_reconnects_total", window)} > ${threshold}`,
    summary: "The connection to {{ $labels.messaging_system_name }} is lost again and again",
    description: `Clients have reconnected {{ $value | humanize }} times in {window}. Messages are delayed, and delivered twice. Look at the network, the broker's load and its heartbeats.`,
  }),
];

const COMMAND = "{{ $labels.command_name }}";

/** Monitors of commands. */
export const COMMANDS: readonly Monitor[] = [
  monitor("commandsFailing", "warning", {
    needs: fromFirstEvent("commands_executed_total"),
    fires:
      "more than `threshold` of a command's executions fail, with at least `events` failures in `window`",
    for: "1m",
    parameters: { threshold: share(0.1), window: range("15m"), events: count(3) },
    expr: (values) =>
      ratioAbove({
        ...values,
        bad: `commands_executed_total{outcome="failure"}`,
        total: "commands_executed_total",
        by: "command_name",
      }),
    summary: `Command ${COMMAND} fails`,
    description: `{{ $value | humanizePercentage }} of the executions of ${COMMAND} fail. Label error_type of command_duration_seconds has the kinds.`,
  }),
  monitor("commandsSlower", "warning", {
    needs: fromFirstEvent("command_duration_seconds_count"),
    fires:
      "a command takes more than `factor` times as long as a day before, or as in the third to fifth `window` before without a history. It takes at least `minimum`, and ran at least `events` times in `window`",
    for: "10m",
    parameters: { factor: factor(2), window: range("10m"), minimum: seconds(0.1), events: count(10) },
    expr: (values) =>
      slowerThanBefore({ ...values, histogram: "command_duration_seconds", by: "command_name" }),
    summary: `Command ${COMMAND} takes longer than before`,
    description: `${COMMAND} takes {{ $value | humanizeDuration }} on average, more than {factor} times as long as before. Look at what it reads, and at the machine's load.`,
  }),
];

const BY_KERNEL = "job, instance, kernel_id";
const KERNEL = "{{ $labels.kernel_id }}";
const POOL = "{{ $labels.kernel_pool_name }}";

/** Monitors of kernels, such as worker threads, and of their pools. State 2 is active. */
export const KERNELS: readonly Monitor[] = [
  monitor("kernelStuck", "critical", {
    needs: fromFirstEvent("kernel_state"),
    fires:
      "an active kernel that has processed messages before received some in `window`, and processed none",
    for: "5m",
    parameters: { window: range("10m") },
    // A kernel that never replies has processed nothing, and is not stuck.
    expr: ({ window }) => `max by (${BY_KERNEL}) (kernel_state) == 2
  and sum by (${BY_KERNEL}) (kernel_messages_processed_total) > 0
  and sum by (${BY_KERNEL}) (${counted("kernel_messages_received_total", window)}) > 0
  and sum by (${BY_KERNEL}) (${counted("kernel_messages_processed_total", window)}) == 0`,
    summary: `Kernel ${KERNEL} is stuck`,
    description: `${KERNEL} is active and received messages, but has processed none for {window} or longer. Look for an endless loop or a call that never returns, and restart it.`,
  }),
  monitor("kernelRestarting", "warning", {
    needs: fromFirstEvent("kernel_start_time_seconds"),
    fires: "a kernel was started again at least `restarts` times in `window`",
    keepFiringFor: "5m",
    parameters: { restarts: count(3), window: range("15m") },
    expr: ({ restarts, window }) =>
      `max by (${BY_KERNEL}) (changes(kernel_start_time_seconds[${window}])) >= ${restarts}`,
    summary: `Kernel ${KERNEL} restarts again and again`,
    description: `${KERNEL} was started {{ $value | humanize }} times in {window}. Its work in progress is lost each time. Label error_type of kernel_errors_total has the cause.`,
  }),
  monitor("kernelErrors", "warning", {
    needs: fromFirstEvent("kernel_messages_processed_total"),
    fires:
      "more than `threshold` of what a kernel settles are errors, with at least `events` of them in `window`",
    for: "5m",
    parameters: { threshold: share(0.05), window: range("10m"), events: count(5) },
    expr: (values) =>
      ratioAbove({
        ...values,
        bad: `kernel_errors_total{error_type!=""}`,
        total: "kernel_messages_processed_total",
        isTotalGood: true,
        by: "kernel_id",
      }),
    summary: `Kernel ${KERNEL} fails`,
    description: `{{ $value | humanizePercentage }} of what ${KERNEL} settles are errors. Label error_type of kernel_errors_total has the kinds.`,
  }),
  monitor("poolSaturated", "warning", {
    needs: fromFirstEvent("kernel_pool_queue_size"),
    fires: "for `window` all workers of a pool were busy, and more than `threshold` tasks waited",
    for: "5m",
    parameters: { threshold: count(0), window: range("5m") },
    expr: (
      values,
    ) => `sum by (job, instance, kernel_pool_name) (min_over_time(kernel_pool_queue_size[${values.window}])) > ${values.threshold}
  and max by (job, instance, kernel_pool_name) (min_over_time(kernel_pool_utilization[${values.window}])) >= 1`,
    summary: `Worker pool ${POOL} is saturated`,
    description: `At least {{ $value | humanize }} tasks wait for a worker of ${POOL} all the time. Add workers if there are idle processors, or send it less.`,
  }),
  monitor("poolTasksFailing", "warning", {
    needs: fromFirstEvent("kernel_pool_tasks_total"),
    fires: "more than `threshold` of a pool's tasks fail, with at least `events` failures in `window`",
    for: "5m",
    parameters: { threshold: share(0.05), window: range("10m"), events: count(5) },
    expr: (values) =>
      ratioAbove({
        ...values,
        bad: `kernel_pool_tasks_total{outcome="failure"}`,
        total: "kernel_pool_tasks_total",
        by: "kernel_pool_name",
      }),
    summary: `Tasks of worker pool ${POOL} fail`,
    description: `{{ $value | humanizePercentage }} of the tasks of ${POOL} fail. Their errors are in the application's log.`,
  }),
];
