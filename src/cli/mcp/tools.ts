// The tools: each is a question of the command line, with its answer as text.
import { timeFrom, durationFrom } from "../arguments.ts";
import { shownText } from "../../diagnostics/foreign-text.ts";
import { jsonText } from "../../events/json-text.ts";
import { parsedJson } from "../../io/json.ts";
import { numberText } from "../../page/panels/value-text.ts";
import type { AskedExpression } from "../query/expression.ts";
import type { Asked } from "./asked.ts";

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
  readonly answer: (asked: Asked, given: Arguments, signal: AbortSignal) => Promise<string>;
}

const WIDTHS = { graph: 20, line: 200 };
const HOUR = 3_600;
// Without a history, an hour is kept. The time before the window is compared with it.
const COMPARED_SECONDS = 600;
const PROFILE_SECONDS = 10;
const MAX_PROFILE_SECONDS = 60;

const NOTHING_MOVED =
  "nothing else moved, or there are too few samples: samples must begin at least two windows before the window";

const text = (description: string): Property => ({ type: "string", description });
const startText = (length: string): Property =>
  text(`start: ISO 8601, or an age such as 30m or 2h; by default ${length} before the end`);
const FROM = startText("an hour");
const TO = text("end, in the same forms; by default now");

export const TOOLS: Readonly<Record<string, Tool>> = {
  alerts: {
    description: "Pending and firing alerts, the most severe first.",
    properties: {},
    required: [],
    answer: (asked, _given, signal) =>
      asked.application(async (application) => {
        const { knownAlerts } = await import("../../explain/explanation.ts");
        const alerts = await knownAlerts(application, signal);
        if (alerts.length === 0) return "no alerts are pending or firing";
        return alerts
          .map(({ name, state, severity, sinceMillis, value, labels, summary }) => {
            const pairs = labels.map(([label, each]) => `${label}=${JSON.stringify(each)}`).join(" ");
            const since = new Date(sinceMillis).toISOString();
            return shownText(
              `${name} ${state} ${severity} since ${since}, value ${value}, ${pairs}: ${summary}`,
            );
          })
          .join("\n");
      }, signal),
  },
  explain: {
    description:
      "Why an alert fires: its figure beside the usual ones, the functions that ran, changes and events before it, and gaps.",
    properties: { alert: text("name of the alert; by default the most severe one") },
    required: [],
    answer: (asked, { alert }, signal) =>
      asked.application(async (application) => {
        const [{ explanationOf }, { explanationText }] = await Promise.all([
          import("../../explain/explanation.ts"),
          import("../../explain/text.ts"),
        ]);
        const name = typeof alert === "string" ? alert : undefined;
        const explanation = await explanationOf(application, { name, place: asked.place, signal });
        return explanation === undefined
          ? "no alerts are pending or firing"
          : explanationText(explanation, false);
      }, signal),
  },
  metrics: {
    description:
      "Names of all metrics with their types, units and numbers of series. The numbers show the cardinality.",
    properties: { contains: text("part of the name") },
    required: [],
    answer: (asked, { contains = "" }, signal) =>
      asked.history(async (history) => {
        const found = [];
        for await (const metric of history.metrics())
          if (metric.name.includes(String(contains))) found.push(metric);
        const { metricsTable } = await import("../query/shown.ts");
        return metricsTable(
          found.toSorted((one, other) => other.series - one.series),
          WIDTHS.line,
        );
      }, signal),
  },
  query: {
    description: "Value of a PromQL expression at one time.",
    properties: {
      expression: text("PromQL, such as rate(http_server_request_duration_seconds_count[5m])"),
      to: TO,
    },
    required: ["expression"],
    answer: (asked, { expression, to }, signal) =>
      evaluatedText(asked, { ...asTable(expression), kind: "instant", time: timeOf("to", to) }, signal),
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
    answer: (asked, { expression, from, to, step }, signal) => {
      const times = timesOf(from, to);
      const seconds = typeof step === "string" ? durationFrom("step", step) : undefined;
      const usual = Math.max(1, Math.ceil((times.to - times.from) / 60));
      const question = { ...asTable(expression), kind: "range", ...times, step: seconds ?? usual } as const;
      return evaluatedText(asked, question, signal);
    },
  },
  correlate: {
    description:
      "Series that changed together with a metric, the likeliest cause first. They are compared with the time before the start.",
    properties: { metric: text("name of the metric"), from: startText("ten minutes"), to: TO },
    required: ["metric"],
    answer: (asked, { metric, from, to }, signal) =>
      asked.application(async (application) => {
        const { correlate, correlationText } = await import("../../anomalies/parts.ts");
        const times = timesOf(from, to, COMPARED_SECONDS);
        const changed = await correlate({ source: application, metric: String(metric), ...times, signal });
        return correlationText(changed.length === 0 ? NOTHING_MOVED : changed, [], times.from * 1_000);
      }, signal),
  },
  change_points: {
    description: "Times at which the level of a metric changed, with the means before and after.",
    properties: { metric: text("name of the metric"), from: FROM, to: TO },
    required: ["metric"],
    answer: (asked, { metric, from, to }, signal) =>
      asked.history(async (history) => {
        const found = await history.changePoints({ metric: String(metric), ...timesOf(from, to), signal });
        if (found.length === 0) return "no change points";
        const { seriesText } = await import("../query/shown.ts");
        return found
          .map((each) => {
            const [before, after] = [each.before, each.after].map((mean) => numberText(mean));
            const time = new Date(each.time * 1_000).toISOString();
            return shownText(`${time} ${seriesText(each)}: ${before} before, ${after} after`);
          })
          .join("\n");
      }, signal),
  },
  profile: {
    description:
      "The functions that take processor time now, as a tree. Takes a CPU profile of a URL with option page, for some seconds.",
    properties: { seconds: text("length of the profile, from 1s to 60s; by default 10s") },
    required: [],
    answer: async (asked, { seconds }) => {
      const [{ callTree }, { treeText }] = await Promise.all([
        import("../profile/call-tree.ts"),
        import("../profile/tree-text.ts"),
      ]);
      const given = typeof seconds === "string" ? durationFrom("seconds", seconds) : undefined;
      const length = given ?? PROFILE_SECONDS;
      if (length < 1 || length > MAX_PROFILE_SECONDS)
        throw new Error(`seconds must be from 1s to ${MAX_PROFILE_SECONDS}s, got "${String(seconds)}"`);
      const tree = callTree(parsedJson(await asked.profile(length)));
      return tree === undefined ? "the application sent something else than a profile" : treeText(tree);
    },
  },
  silences: {
    description: "Silences of alerts, with their ids.",
    properties: {},
    required: [],
    answer: async (asked) => {
      const { listedSilences } = await import("../alerts/silence.ts");
      return listedSilences(await asked.silences(), false, Infinity);
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
    answer: async (asked, { matchers, for: length, comment }) => {
      const { addedSilence } = await import("../alerts/silence.ts");
      const seconds = durationFrom("for", String(length)) ?? 0;
      const added = { matchers: [String(matchers)], seconds, comment: String(comment) };
      return addedSilence(await asked.silences(), added);
    },
  },
  end_silence: {
    description: "Ends a silence.",
    properties: { id: text("id of the silence") },
    required: ["id"],
    changes: true,
    answer: async (asked, { id }) => {
      const { endedSilence } = await import("../alerts/silence.ts");
      return endedSilence(await asked.silences(), String(id));
    },
  },
  events: {
    description:
      "Events, such as deployments, changes of the leader and blocked event loops, the oldest first.",
    properties: { from: FROM, to: TO },
    required: [],
    answer: (asked, { from, to }, signal) =>
      asked.application(async (application) => {
        const times = timesOf(from, to);
        if (application.events === undefined)
          return "only a store has events; ask with the file of the history";
        const lines: string[] = [];
        for await (const { timestamp, event_type: type, data } of application.events(
          times.from,
          times.to,
          signal,
        ))
          lines.push(shownText(`${timestamp} ${type} ${jsonText(data)}`));
        return lines.length === 0 ? "no events" : lines.join("\n");
      }, signal),
  },
  report: {
    description:
      "Report about a time: alerts, errors, slow operations, changes, and limits that will be reached.",
    properties: { from: FROM, to: TO },
    required: [],
    answer: (asked, { from, to }, signal) =>
      asked.history(async (history) => {
        const [{ gathered }, { markdownOf }] = await Promise.all([
          import("../report/gathered.ts"),
          import("../report/markdown.ts"),
        ]);
        return markdownOf(await gathered(history, asked.place, timesOf(from, to), [], asked.name));
      }, signal),
  },
};

function asTable(expression: unknown): { readonly text: string; readonly format: "table" } {
  return { text: String(expression), format: "table" };
}

function evaluatedText(asked: Asked, question: AskedExpression, signal: AbortSignal): Promise<string> {
  return asked.history(async (history) => {
    const [{ evaluated }, { resultText }] = await Promise.all([
      import("../query/expression.ts"),
      import("../query/result-text.ts"),
    ]);
    return resultText(await evaluated(history, question), question, WIDTHS);
  }, signal);
}

function timeOf(name: string, given: unknown): number {
  return timeFrom(name, typeof given === "string" ? given : undefined) ?? Date.now() / 1_000;
}

function timesOf(from: unknown, to: unknown, seconds = HOUR): { readonly from: number; readonly to: number } {
  const end = timeOf("to", to);
  return { from: from === undefined ? end - seconds : timeOf("from", from), to: end };
}
