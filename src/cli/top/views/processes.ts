// Processes: the sum of all, and each.
import { numberText, valueText } from "../../../page/panels/index.ts";
import { labelsKey } from "../../../query/labels-key.ts";
import { durationText } from "../../flush.ts";
import type { Moment } from "../moment.ts";
import { inParallel, type ValueOfSeries } from "../values.ts";
import { type Column, type ListPage, numberCell, type Row, textCell, type View } from "../page.ts";
import type { GroupMember } from "../watched/watched.ts";
import { labelsText } from "./instrument.ts";

// Labels that name a process: of Prometheus, and of a store with several processes.
const IDENTITY = "job, instance, service_instance_id";

interface Figure {
  readonly title: string;
  /** Aggregation over all processes. */
  readonly sum: "sum" | "max";
  readonly expression: string;
  readonly format: (value: number) => string;
}

function figures(window: string): readonly Figure[] {
  return [
    { title: "UPTIME", sum: "max", expression: "process_uptime_seconds", format: durationText },
    {
      title: "CPU",
      sum: "sum",
      expression: `rate(process_cpu_time_seconds_total[${window}])`,
      format: (value) => valueText(value, "1"),
    },
    {
      title: "MEMORY",
      sum: "sum",
      expression: "process_memory_usage_bytes",
      format: (value) => valueText(value, "By"),
    },
    {
      title: "LOOP",
      sum: "max",
      expression: "nodejs_eventloop_utilization_ratio",
      format: (value) => valueText(value, "1"),
    },
    {
      title: "REQUESTS",
      sum: "sum",
      expression: `rate(http_server_request_duration_seconds_count[${window}])`,
      format: (value) => valueText(value, "/s"),
    },
  ];
}

/** The view of the processes. */
export const processesView: View = { title: "Processes", load: processesPage };

async function processesPage(moment: Moment): Promise<ListPage> {
  const { members = [], figures: source, time } = (await moment.watched.members?.(moment.signal)) ?? {};
  const shown = figures(moment.window);
  const all = await inParallel(shown, ({ sum, expression }) => moment.values(`${sum}(${expression})`));
  const each = await eachProcess((expression) => moment.values(expression, source, time), shown);
  const rows = [...each].map(([key, values]) => rowOf(nameOf(key, members), key, shown, values));
  const total = rowOf(
    "all",
    "all",
    shown,
    all.map(([only]) => only?.value),
  );
  const columns: readonly Column[] = [
    { title: "PROCESS", kind: "text" },
    ...shown.map(({ title }) => ({ title, kind: "number" }) as const),
  ];
  const { processes } = moment.status;
  return {
    kind: "list",
    columns,
    rows: rows.length > 0 ? [total, ...rows] : [],
    empty: "no figures of processes: start the application with option host",
    isSortable: true,
    note:
      members.length === 0 && processes !== undefined && processes > rows.length
        ? `${numberText(processes)} processes and threads are summed up here; the directory of the group has each`
        : undefined,
  };
}

// By the labels as JSON, with the values in the order of the figures.
async function eachProcess(
  valuesOf: (expression: string) => Promise<readonly ValueOfSeries[]>,
  shown: readonly Figure[],
): Promise<ReadonlyMap<string, readonly (number | undefined)[]>> {
  const columns = await inParallel(shown, ({ sum, expression }) =>
    valuesOf(`${sum} by (${IDENTITY}) (${expression})`),
  );
  const found = new Map<string, (number | undefined)[]>();
  for (const [i, column] of columns.entries()) {
    for (const { labels, value } of column) {
      const key = labelsKey(labels);
      const values = found.get(key) ?? [];
      values[i] = value;
      found.set(key, values);
    }
  }
  return found;
}

function rowOf(
  name: string,
  key: string,
  shown: readonly Figure[],
  values: readonly (number | undefined)[],
): Row {
  return {
    key,
    cells: [textCell(name), ...shown.map(({ format }, i) => numberCell(values[i], format))],
  };
}

function nameOf(key: string, members: readonly GroupMember[]): string {
  const labels: Readonly<Record<string, string>> = JSON.parse(key);
  const member = members.find(({ id }) => id === labels["instance"]);
  if (member === undefined) return labelsText(labels);
  const age =
    member.timeUnixMillis === undefined
      ? ""
      : ` (${durationText((Date.now() - member.timeUnixMillis) / 1_000)} ago)`;
  return `pid ${member.pid ?? "?"}${age}`;
}
