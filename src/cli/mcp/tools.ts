// The tools: each is a question of the command line, with its answer as text.
import { timeFrom, durationFrom } from "../arguments.ts";
import { askHistory } from "../open-history.ts";
import { parsedJson } from "../../io/json.ts";
import { numberText } from "../../page/panels/value-text.ts";
import type { History, RemoteHistory } from "../../history/index.ts";
import type { AskedExpression } from "../query/expression.ts";
import type { Watched } from "../top/watched/watched.ts";

/** The arguments of a tool, checked by its schema. */
export type Arguments = Readonly<Record<string, unknown>>;

interface Property {
  readonly type: "string";
  readonly description: string;
}

interface Tool {
  readonly description: string;
  readonly properties: Readonly<Record<string, Property>>;
  readonly required: readonly string[];
  /** Whether it changes something: it is served only with `--silences`. */
  readonly changes?: boolean;
  readonly answer: (place: string, given: Arguments) => Promise<string>;
}

const WIDTHS = { graph: 20, line: 200 };
const HOUR = 3_600;
const PROFILE_SECONDS = 10;

const text = (description: string): Property => ({ type: "string", description });
const FROM = text("start: ISO 8601, or an age such as 30m or 2h; by default an hour before the end");
const TO = text("end, in the same forms; by default now");

export const TOOLS: Readonly<Record<string, Tool>> = {
  alerts: {
    description: "Pending and firing alerts, the most severe first.",
    properties: {},
    required: [],
    answer: (place) =>
      asked(place, async (watched, signal) => {
        const alerts = (await watched.alerts?.(signal)) ?? [];
        if (alerts.length === 0) return "no alerts are pending or firing";
        return alerts
          .map(({ name, state, severity, sinceMillis, value, labels, summary }) => {
            const pairs = labels.map(([label, each]) => `${label}=${JSON.stringify(each)}`).join(" ");
            const since = new Date(sinceMillis).toISOString();
            return `${name} ${state} ${severity} since ${since}, value ${value}, ${pairs}: ${summary}`;
          })
          .join("\n");
      }),
  },
  explain: {
    description:
      "Why an alert fires: its figure beside the usual ones, the functions that ran, changes and events before it, and gaps.",
    properties: { alert: text("name of the alert; by default the most severe one") },
    required: [],
    answer: (place, { alert }) =>
      asked(place, async (watched, signal) => {
        const [{ explanationOf }, { explanationText }] = await Promise.all([
          import("../../explain/explanation.ts"),
          import("../../explain/text.ts"),
        ]);
        const name = typeof alert === "string" ? alert : undefined;
        const explanation = await explanationOf(watched, { name, place, signal });
        return explanation === undefined
          ? "no alerts are pending or firing"
          : explanationText(explanation, false);
      }),
  },
  metrics: {
    description:
      "Names of all metrics with their types, units and numbers of series. The numbers show the cardinality.",
    properties: { contains: text("part of the name") },
    required: [],
    answer: (place, { contains = "" }) =>
      ofHistory(place, async (history) => {
        const found = [];
        for await (const metric of history.metrics())
          if (metric.name.includes(String(contains))) found.push(metric);
        const { metricsTable } = await import("../query/shown.ts");
        return metricsTable(
          found.toSorted((one, other) => other.series - one.series),
          WIDTHS.line,
        );
      }),
  },
  query: {
    description: "Value of a PromQL expression at one time.",
    properties: {
      expression: text("PromQL, such as rate(http_server_request_duration_seconds_count[5m])"),
      to: TO,
    },
    required: ["expression"],
    answer: (place, { expression, to }) =>
      evaluatedText(place, { ...asTable(expression), kind: "instant", time: timeOf("to", to) }),
  },
  query_range: {
    description: "Values of a PromQL expression over a time, with their course.",
    properties: {
      expression: text("PromQL"),
      from: FROM,
      to: TO,
      step: text("time between two values, such as 1m; by default a sixtieth of the time"),
    },
    required: ["expression"],
    answer: (place, { expression, from, to, step }) => {
      const times = timesOf(from, to);
      const seconds = typeof step === "string" ? durationFrom("step", step) : undefined;
      const usual = Math.max(1, Math.ceil((times.to - times.from) / 60));
      return evaluatedText(place, {
        ...asTable(expression),
        kind: "range",
        ...times,
        step: seconds ?? usual,
      });
    },
  },
  correlate: {
    description: "Series that changed together with a metric, the likeliest cause first.",
    properties: { metric: text("name of the metric"), from: FROM, to: TO },
    required: ["metric"],
    answer: (place, { metric, from, to }) =>
      asked(place, async (watched) => {
        const { correlate, correlationText } = await import("../../anomalies/parts.ts");
        const times = timesOf(from, to);
        const changed = await correlate({ source: watched, metric: String(metric), ...times });
        return correlationText(changed, [], times.from * 1_000);
      }),
  },
  change_points: {
    description: "Times at which the level of a metric changed, with the means before and after.",
    properties: { metric: text("name of the metric"), from: FROM, to: TO },
    required: ["metric"],
    answer: (place, { metric, from, to }) =>
      ofHistory(place, async (history) => {
        const found = await history.changePoints({ metric: String(metric), ...timesOf(from, to) });
        if (found.length === 0) return "no change points";
        const { seriesText } = await import("../query/shown.ts");
        return found
          .map((each) => {
            const [before, after] = [each.before, each.after].map((mean) => numberText(mean));
            return `${new Date(each.time * 1_000).toISOString()} ${seriesText(each)}: ${before} before, ${after} after`;
          })
          .join("\n");
      }),
  },
  profile: {
    description:
      "The functions that take processor time now, as a tree. Takes a CPU profile of a URL with option page, for some seconds.",
    properties: { seconds: text("length of the profile, from 1s to 60s; by default 10s") },
    required: [],
    answer: async (place, { seconds }) => {
      const [{ takenFrom }, { callTree }, { treeText }] = await Promise.all([
        import("../profile/take-profile.ts"),
        import("../profile/call-tree.ts"),
        import("../profile/tree-text.ts"),
      ]);
      const length = typeof seconds === "string" ? durationFrom("seconds", seconds) : undefined;
      const tree = callTree(parsedJson(await takenFrom(place, length ?? PROFILE_SECONDS)));
      return tree === undefined ? "the application sent something else than a profile" : treeText(tree);
    },
  },
  silences: {
    description:
      "Silences of alerts, with their ids. A store, or the folder of option alerts.directory, has them.",
    properties: {},
    required: [],
    answer: async (place) => {
      const [{ alertsFolder }, { listedSilences }] = await silencing();
      return listedSilences(alertsFolder("silence", place), false);
    },
  },
  silence: {
    description: "Silences alerts for a time: their notifications are held back. Rules are still evaluated.",
    properties: {
      matchers: text('matchers of labels, such as alertname="DiskFull", instance=~"web.*"'),
      for: text("length, such as 2h"),
      comment: text("reason"),
    },
    required: ["matchers", "for", "comment"],
    changes: true,
    answer: async (place, { matchers, for: length, comment }) => {
      const [{ alertsFolder }, { addedSilence }] = await silencing();
      const seconds = durationFrom("for", String(length)) ?? 0;
      const added = { matchers: [String(matchers)], seconds, comment: String(comment) };
      return addedSilence(alertsFolder("silence", place), added);
    },
  },
  end_silence: {
    description: "Ends a silence.",
    properties: { id: text("id of the silence") },
    required: ["id"],
    changes: true,
    answer: async (place, { id }) => {
      const [{ alertsFolder }, { endedSilence }] = await silencing();
      return endedSilence(alertsFolder("silence", place), String(id));
    },
  },
  events: {
    description:
      "Events, such as deployments, changes of the leader and blocked event loops, the oldest first. A store has them.",
    properties: { from: FROM, to: TO },
    required: [],
    answer: (place, { from, to }) =>
      asked(place, async (watched, signal) => {
        const times = timesOf(from, to);
        if (watched.events === undefined) return "only a store has events; ask with the file of the history";
        const lines: string[] = [];
        for await (const { timestamp, event_type: type, data } of watched.events(
          times.from,
          times.to,
          signal,
        ))
          lines.push(`${timestamp} ${type} ${JSON.stringify(data)}`);
        return lines.length === 0 ? "no events" : lines.join("\n");
      }),
  },
  report: {
    description:
      "Report about a time: alerts, errors, slow operations, changes, and limits that will be reached.",
    properties: { from: FROM, to: TO },
    required: [],
    answer: (place, { from, to }) =>
      ofHistory(place, async (history) => {
        const [{ gathered }, { markdownOf }] = await Promise.all([
          import("../report/gathered.ts"),
          import("../report/markdown.ts"),
        ]);
        return markdownOf(await gathered(history, "the application", timesOf(from, to), []));
      }),
  },
};

async function silencing(): Promise<
  [typeof import("../alerts/folder.ts"), typeof import("../alerts/silence.ts")]
> {
  return Promise.all([import("../alerts/folder.ts"), import("../alerts/silence.ts")]);
}

function asTable(expression: unknown): { readonly text: string; readonly format: "table" } {
  return { text: String(expression), format: "table" };
}

function evaluatedText(place: string, question: AskedExpression): Promise<string> {
  return ofHistory(place, async (history) => {
    const [{ evaluated }, { resultText }] = await Promise.all([
      import("../query/expression.ts"),
      import("../query/result-text.ts"),
    ]);
    return resultText(await evaluated(history, question), question, WIDTHS);
  });
}

function timeOf(name: string, given: unknown): number {
  return timeFrom(name, typeof given === "string" ? given : undefined) ?? Date.now() / 1_000;
}

function timesOf(from: unknown, to: unknown): { readonly from: number; readonly to: number } {
  const end = timeOf("to", to);
  return { from: from === undefined ? end - HOUR : timeOf("from", from), to: end };
}

async function asked(
  place: string,
  ask: (watched: Watched, signal: AbortSignal) => Promise<string>,
): Promise<string> {
  const { openWatched } = await import("../top/watched/open.ts");
  const { signal } = new AbortController();
  const watched = await openWatched(place, signal);
  try {
    return await ask(watched, signal);
  } finally {
    await watched.close();
  }
}

async function ofHistory(
  place: string,
  ask: (history: History | RemoteHistory) => Promise<string>,
): Promise<string> {
  let answer = "";
  await askHistory(place, async (history) => {
    answer = await ask(history);
  });
  return answer;
}
