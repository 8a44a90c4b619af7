// Tachymeter's history, written and queried as by an application: through its thread.
import { fromBuild } from "../build.js";
import { askedHosts, events } from "./data.js";

const { historyOn, HistoryStore } = await fromBuild("history/parts.js");
const { emptyCells } = await fromBuild("history/encoded-collection.js");
const { openedSettings } = await fromBuild("options/history.js");

export async function open(path, data) {
  const settings = openedSettings({ path, retention: { metricsDays: 60 } });
  const store = new HistoryStore(settings, data?.intervalMillis ?? 60_000);
  const history = historyOn(store);
  await store.ready();
  let isFirst = true;
  const ask = async (question) => {
    const { series } = await history.query({ to: data.end / 1_000, ...question });
    return series.reduce((sum, { points }) => sum + points.length, 0);
  };
  return {
    history,
    async append({ time, values }) {
      const { buffer, ids, widths, cells } = emptyCells(values.length, values.length);
      for (let i = 0; i < ids.length; i++) ids[i] = i;
      widths.fill(1);
      cells.set(values);
      const newSeries = isFirst ? data.series.map(described) : [];
      isFirst = false;
      await store.appendCollection({ timeUnixMillis: time, resource: {}, newSeries, buffer });
    },
    lastHour: () => ask({ metric: "metric.1", where: { host: askedHosts }, from: data.end / 1_000 - 3_600 }),
    meanByStep: (step) => ask({ metric: "metric.1", where: { host: askedHosts }, aggregate: "MEAN", step }),
    p95: () => ask({ metric: "metric.1", aggregate: "QUANTILE" }),
    async meanOfAllByStep(step) {
      const counts = await Promise.all(
        ["metric.0", "metric.1"].map((metric) => ask({ metric, aggregate: "MEAN", step })),
      );
      return counts[0] + counts[1];
    },
    appendEvents: (group) => store.appendEvents(group.map(stored)),
    async findEvents() {
      let found = 0;
      const { type, state } = events.asked;
      for await (const { data: given } of history.events({ type, where: { state } }))
        found += given.state === state ? 1 : 0;
      return found;
    },
    close: () => history.close(),
  };
}

function described({ metric, isCounter, host }, id) {
  return {
    id,
    metric: `metric.${metric}`,
    prometheusName: `metric_${metric}`,
    type: isCounter ? "counter" : "gauge",
    unit: "",
    description: "",
    layout: { kind: "number" },
    attributes: { host },
    scope: { name: "bench", version: "" },
    startTimeUnixMillis: 0,
  };
}

function stored({ id, type, source, time, data }) {
  const json = JSON.stringify(data);
  return { id, type, source, timeUnixMillis: time, data: json, labels: "{}", metadata: "{}" };
}
