// One scrape in Prometheus' text format, with queries for a table.

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: -?\d+)?$/s;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/gs;
const ESCAPES = { "\\n": "\n", '\\"': '"', "\\\\": "\\" };

export class Scrape {
  #samples;

  constructor(text) {
    this.#samples = text
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map(sampleFromLine);
  }

  /** All samples, each with its name, labels and value. */
  get samples() {
    return this.#samples;
  }

  /** The names of all samples. */
  get names() {
    return new Set(this.#samples.map(({ name }) => name));
  }

  /**
   * Returns the sum over all series of `name` that have the labels `where`; `undefined` if there are no such series.
   */
  sum(name, where = {}) {
    const samples = this.#select(name, where);
    return samples.length === 0 ? undefined : samples.reduce((sum, { value }) => sum + value, 0);
  }

  /** Returns the values of `label` in the series of `name`, in their order of appearance. */
  labels(name, label) {
    return [...new Set(this.#select(name, {}).map(({ labels }) => labels[label]))];
  }

  /**
   * Returns quantile `q` of a histogram over all its series that have the labels `where`. It is calculated like
   * Prometheus' `histogram_quantile`: linear within a bucket, and at most the highest finite bound.
   */
  quantile(q, name, where = {}) {
    const counts = new Map();
    for (const { labels, value } of this.#select(`${name}_bucket`, where)) {
      const bound = numberFromText(labels.le);
      counts.set(bound, (counts.get(bound) ?? 0) + value);
    }
    const buckets = [...counts].toSorted(([one], [other]) => one - other);
    const [, total] = buckets.at(-1) ?? [];
    if (!(total > 0)) return undefined;

    const rank = q * total;
    const i = buckets.findIndex(([, count]) => count > 0 && count >= rank);
    const [bound, count] = buckets[i];
    const [lowerBound, lowerCount] = buckets[i - 1] ?? [Math.min(0, bound), 0];
    if (bound === Infinity) return lowerBound;
    return lowerBound + (bound - lowerBound) * ((rank - lowerCount) / (count - lowerCount));
  }

  #select(name, where) {
    const wanted = Object.entries(where);
    return this.#samples.filter(
      (sample) => sample.name === name && wanted.every(([label, value]) => sample.labels[label] === value),
    );
  }
}

function sampleFromLine(line) {
  const [, name, labels = "", value] = SAMPLE.exec(line) ?? [];
  if (name === undefined) throw new SyntaxError(`sample "${line}" is not in Prometheus' text format`);
  return { name, labels: labelsFromText(labels), value: numberFromText(value) };
}

function labelsFromText(text) {
  const pairs = [...text.matchAll(LABEL)].map(([, key, value]) => [
    key,
    value.replace(/\\[n"\\]/g, (it) => ESCAPES[it]),
  ]);
  return Object.fromEntries(pairs);
}

function numberFromText(text) {
  if (text === "+Inf") return Infinity;
  if (text === "-Inf") return -Infinity;
  return Number(text);
}
