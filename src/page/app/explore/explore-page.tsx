// An expression, its chart and its table.
import { useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { shownText } from "../../../diagnostics/foreign-text.ts";
import { Chart } from "../chart/chart.tsx";
import { connection } from "../state/connection.ts";
import { applicationTime, receivedAt } from "../state/live.ts";
import { linkTo, route, setParams, span } from "../state/route.ts";
import { timeText } from "../text/times.ts";
import { valueWithUnit } from "../text/values.ts";
import { Empty, Skeleton } from "../views/empty.tsx";
import { ApiProblem, explore, type Explored } from "./api.ts";
import { metricNames, OPERATIONS } from "./catalogue.ts";
import { QueryField } from "./query-field.tsx";

const MAX_ROWS = 200;
// The status arrives with each collection; the result of a live range follows it.
const MIN_REFRESH_MILLIS = 5_000;

// More would not be compared by anyone.
const MAX_EXPRESSIONS = 6;
// As high as a line.
const NO_WORDS = "\u00A0";

/** The page of the explorer. The address has all expressions: `q`, `q2` and so on. */
export function ExplorePage(): JSX.Element {
  const { params } = route.value;
  const count = useSignal(1);
  const asked = Array.from({ length: MAX_EXPRESSIONS }, (_, i) => params.get(nameOf(i)) ?? "");
  const shown = Math.max(count.value, asked.findLastIndex((each) => each !== "") + 1);
  return (
    <>
      <h1>Explore</h1>
      {asked.slice(0, shown).map((query, i) => (
        <Expression
          key={i}
          number={i}
          query={query}
          onRemove={
            shown === 1
              ? undefined
              : () => {
                  count.value = shown - 1;
                  const rest = asked.toSpliced(i, 1);
                  setParams(Object.fromEntries(asked.map((_, at) => [nameOf(at), rest[at] ?? ""])));
                }
          }
        />
      ))}
      {shown < MAX_EXPRESSIONS && (
        <button
          type="button"
          onClick={() => {
            count.value = shown + 1;
          }}
        >
          Add an expression
        </button>
      )}
      <Functions />
    </>
  );
}

function nameOf(number: number): string {
  return number === 0 ? "q" : `q${number + 1}`;
}

function Expression(props: {
  readonly number: number;
  readonly query: string;
  readonly onRemove: (() => void) | undefined;
}): JSX.Element {
  const { number, query, onRemove } = props;
  const id = number === 0 ? "explore" : `explore-${number + 1}`;
  const text = useSignal(query);
  const result = useSignal<Explored | undefined>(undefined);
  const problem = useSignal<ApiProblem | undefined>(undefined);
  const times = span.value;
  const refresh = useComputed(() =>
    span.value.kind === "live"
      ? Math.floor(receivedAt.value / Math.max(MIN_REFRESH_MILLIS, span.value.seconds * 5))
      : 0,
  );
  const repeats = useSignal(0);
  const run = (): void => {
    // The address would stay the same.
    if (text.value === query) repeats.value++;
    else setParams({ [nameOf(number)]: text.value });
  };
  const asking = useRef<AbortController>();
  const isSignedOut = connection.value.kind === "refused";

  // The address changed, as by a link or the history.
  useEffect(() => {
    text.value = query;
    problem.value = undefined;
    if (query === "") result.value = undefined;
  }, [query]);
  useEffect(() => () => asking.current?.abort(), [query, times]);
  useEffect(() => {
    // An expression that takes longer than a refresh is asked again after its result.
    if (query === "" || isSignedOut || asking.current?.signal.aborted === false) return;
    const abort = (asking.current = new AbortController());
    const now = applicationTime();
    const [from, to] = times.kind === "live" ? [now - times.seconds, now] : [times.from, times.to];
    explore(query, { id, from, to }, abort.signal).then(
      (explored) => {
        if (abort.signal.aborted) return;
        asking.current = undefined;
        result.value = explored;
        problem.value = undefined;
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        asking.current = undefined;
        result.value = undefined;
        problem.value =
          error instanceof ApiProblem ? error : new ApiProblem("The application cannot be reached");
      },
    );
  }, [query, times, refresh.value, repeats.value, isSignedOut]);

  return (
    <section class="expression" aria-label={`Expression ${number + 1}`}>
      <form
        class="explore"
        onSubmit={(event) => {
          event.preventDefault();
          run();
        }}
      >
        <QueryField
          id={id}
          text={text.value}
          onChange={(value) => {
            text.value = value;
          }}
          onRun={run}
          problem={problem.value}
        />
        <button type="submit" class="primary">
          Run
        </button>
        {onRemove !== undefined && (
          <button type="button" aria-label={`Remove expression ${number + 1}`} onClick={onRemove}>
            Remove
          </button>
        )}
      </form>
      <Result
        query={query}
        isFirst={number === 0}
        isRefused={problem.value !== undefined}
        result={result.value}
      />
    </section>
  );
}

function Result(props: {
  readonly query: string;
  readonly isFirst: boolean;
  readonly isRefused: boolean;
  readonly result: Explored | undefined;
}): JSX.Element | null {
  const { query, isFirst, isRefused, result } = props;
  if (query === "") {
    if (!isFirst) return null;
    return (
      <Empty title="Ask in PromQL">
        Type the name of a metric: names, labels and functions complete themselves. Enter runs the expression.
        <Examples />
      </Empty>
    );
  }
  if (isRefused) return null;
  // The size is that of the result, so that nothing moves when it arrives.
  if (result === undefined)
    return (
      <>
        <p class="words">{NO_WORDS}</p>
        <Skeleton size="panel" count={2} />
      </>
    );
  return (
    <>
      <p class="words">{result.words === "" ? NO_WORDS : shownText(result.words)}</p>
      {result.notes.map((note) => (
        <p key={note} class="note">
          {shownText(note)}
        </p>
      ))}
      {result.all.length === 0 ? (
        <Empty title="No series">The expression is valid and has no result in these times.</Empty>
      ) : (
        <div class="beside">
          <Chart chart={result.chart} view={result.view} size="panel" />
          <LastValues result={result} />
        </div>
      )}
    </>
  );
}

// The metric that each needs, its meaning and the expression.
const EXAMPLES: readonly (readonly [metric: string, title: string, query: string])[] = [
  [
    "http_server_request_duration_seconds_count",
    "Requests by route",
    "sum by (http_route) (rate(http_server_request_duration_seconds_count[5m]))",
  ],
  [
    "http_server_request_duration_seconds_bucket",
    "The slowest routes",
    "topk(5, histogram_quantile(0.95, sum by (http_route, le) (rate(http_server_request_duration_seconds_bucket[5m]))))",
  ],
  [
    "db_client_operation_duration_seconds_count",
    "Database operations by name",
    "sum by (db_operation_name) (rate(db_client_operation_duration_seconds_count[5m]))",
  ],
  ["message_queue_size", "The longest queues", "topk(5, message_queue_size)"],
  ["process_cpu_time_seconds_total", "CPU of the process", "sum(rate(process_cpu_time_seconds_total[5m]))"],
  [
    "process_memory_usage_bytes",
    "Growth of memory in an hour",
    "deriv(process_memory_usage_bytes[15m]) * 3600",
  ],
];

// Examples for the metrics that exist.
function Examples(): JSX.Element {
  const names = useSignal<ReadonlySet<string>>(new Set());
  useEffect(() => {
    void metricNames().then((found) => {
      names.value = new Set(found.map(({ text }) => text));
    });
  }, []);
  return (
    <ul class="examples" aria-label="Examples">
      {EXAMPLES.filter(([metric]) => names.value.has(metric)).map(([, title, query]) => (
        <li key={title}>
          <a href={linkTo("explore", "", { q: query })}>{title}</a>
          <br />
          <code>{query}</code>
        </li>
      ))}
    </ul>
  );
}

function LastValues({ result }: { readonly result: Explored }): JSX.Element {
  const { all, chart, view } = result;
  return (
    <section class="card">
      <h2>
        Last values <small class="muted">{timeText(view.to)}</small>
      </h2>
      <div class="scroll" tabIndex={0} role="region" aria-label="Last values">
        <table class="list">
          <thead>
            <tr>
              <th scope="col">Series</th>
              <th scope="col" class="number">
                Value
              </th>
            </tr>
          </thead>
          <tbody>
            {all.slice(0, MAX_ROWS).map((series, i) => (
              <tr key={i}>
                <th scope="row">
                  <code>{shownText(series.name === "" ? "{}" : series.name)}</code>
                </th>
                <td class="number" title={String(series.values.at(-1) ?? "")}>
                  {valueWithUnit(series.values.at(-1), chart.unit)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {all.length > MAX_ROWS && <p class="muted">and {all.length - MAX_ROWS} more</p>}
      </div>
    </section>
  );
}

function Functions(): JSX.Element {
  return (
    <details class="card">
      <summary>Functions</summary>
      <ul class="functions">
        {OPERATIONS.map(({ text, detail }) => (
          <li key={text}>
            <code>{text}</code> <span class="muted">{detail}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
