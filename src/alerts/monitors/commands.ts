import { count, factor, range, seconds, share } from "./kinds.ts";
import { fromFirstEvent, type Monitor, monitor } from "./monitor.ts";
import { ratioAbove, slowerThanBefore } from "./ratios.ts";

const NAME = "{{ $labels.command_name }}";

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
    summary: `Command ${NAME} fails`,
    description: `{{ $value | humanizePercentage }} of the executions of ${NAME} fail. Label error_type of command_duration_seconds has the kinds.`,
  }),
  monitor("commandsSlower", "warning", {
    needs: fromFirstEvent("command_duration_seconds_count"),
    fires:
      "a command takes more than `factor` times as long as a day before, or as in the third to fifth `window` before without a history. It takes at least `minimum`, and ran at least `events` times in `window`",
    for: "10m",
    parameters: { factor: factor(2), window: range("10m"), minimum: seconds(0.1), events: count(10) },
    expr: (values) =>
      slowerThanBefore({ ...values, histogram: "command_duration_seconds", by: "command_name" }),
    summary: `Command ${NAME} takes longer than before`,
    description: `${NAME} takes {{ $value | humanizeDuration }} on average, more than {factor} times as long as before. Look at what it reads, and at the machine's load.`,
  }),
];
