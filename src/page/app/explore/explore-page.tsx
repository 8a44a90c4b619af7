// An expression, its chart and its table.
import { useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { shownText } from "../../../diagnostics/foreign-text.ts";
import { Chart } from "../chart/chart.tsx";
import { applicationTime, receivedAt } from "../state/live.ts";
import { route, setParams, span } from "../state/route.ts";
import { timeText } from "../text/times.ts";
import { valueWithUnit } from "../text/values.ts";
import { Empty } from "../views/empty.tsx";
import { ApiProblem, explore, type Explored } from "./api.ts";
import { OPERATIONS } from "./catalogue.ts";
import { QueryField } from "./query-field.tsx";

const MAX_ROWS = 200;
// The status arrives with each collection; the result of a live range follows it.
const MIN_REFRESH_MILLIS = 5_000;

/** The page of the explorer. */
export function ExplorePage(): JSX.Element {
  const query = route.value.params.get("q") ?? "";
  const text = useSignal(query);
  const result = useSignal<Explored | undefined>(undefined);
  const problem = useSignal<ApiProblem | undefined>(undefined);
  const times = span.value;
  const refresh = useComputed(() =>
    span.value.kind === "live"
      ? Math.floor(receivedAt.value / Math.max(MIN_REFRESH_MILLIS, span.value.seconds * 5))
      : 0,
  );

  // The address changed, as by a link or the history.
  useEffect(() => {
    text.value = query;
    problem.value = undefined;
    if (query === "") result.value = undefined;
  }, [query]);
  useEffect(() => {
    if (query === "") return undefined;
    const abort = new AbortController();
    const now = applicationTime();
    const [from, to] = times.kind === "live" ? [now - times.seconds, now] : [times.from, times.to];
    explore(query, from, to, abort.signal).then(
      (explored) => {
        result.value = explored;
        problem.value = undefined;
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        result.value = undefined;
        problem.value =
          error instanceof ApiProblem ? error : new ApiProblem("The application cannot be reached");
      },
    );
    return () => abort.abort();
  }, [query, times, refresh.value]);

  return (
    <>
      <h1>Explore</h1>
      <form
        class="explore"
        onSubmit={(event) => {
          event.preventDefault();
          setParams({ q: text.value });
        }}
      >
        <QueryField
          text={text.value}
          onChange={(value) => {
            text.value = value;
          }}
          onRun={() => setParams({ q: text.value })}
          problem={problem.value}
        />
        <button type="submit" class="primary">
          Run
        </button>
      </form>
      <Result query={query} result={result.value} />
      <Functions />
    </>
  );
}

function Result(props: {
  readonly query: string;
  readonly result: Explored | undefined;
}): JSX.Element | null {
  const { query, result } = props;
  if (query === "") {
    return (
      <Empty title="Ask in PromQL">
        Type the name of a metric: names, labels and functions complete themselves. Enter runs the expression.
      </Empty>
    );
  }
  if (result === undefined) return null;
  if (result.all.length === 0)
    return <Empty title="No series">The expression is valid and has no result in these times.</Empty>;
  return (
    <>
      {result.notes.map((note) => (
        <p key={note} class="note">
          {shownText(note)}
        </p>
      ))}
      <Chart chart={result.chart} view={result.view} size="panel" />
      <LastValues result={result} />
    </>
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
