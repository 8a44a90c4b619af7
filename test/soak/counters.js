// Counters and histograms of the scrapes: none may fall, and none may leave while the group lives.
const LINE = /^([^\s{]+(?:\{.*\})?) (\S+)$/;
const TYPE = /^# TYPE (\S+) (\S+)$/;

export class Counters {
  #latest = new Map();
  #counted = new Map();
  #problems = [];
  #scrapes = 0;

  /** Adds the text of a scrape. */
  add(text, minute) {
    this.#scrapes++;
    const types = new Map();
    this.#latest = new Map();
    for (const line of text.split("\n")) {
      const [, family, type] = TYPE.exec(line) ?? [];
      if (family !== undefined) types.set(family, type);
      const [, series, value] = LINE.exec(line) ?? [];
      if (series === undefined || line.startsWith("#")) continue;
      this.#latest.set(series, Number(value));
      if (isCounted(series, types)) this.#compare(series, Number(value), minute);
    }
    for (const [series, value] of this.#counted) {
      if (this.#latest.has(series)) continue;
      this.#problems.push(`minute ${minute}: ${series} left at ${value}`);
      this.#counted.delete(series);
    }
  }

  #compare(series, value, minute) {
    const before = this.#counted.get(series);
    if (before !== undefined && value < before)
      this.#problems.push(`minute ${minute}: ${series} fell from ${before} to ${value}`);
    this.#counted.set(series, value);
  }

  /** The largest value of the series of this pattern in the last scrape; `undefined` without one. */
  latest(pattern) {
    const values = [...this.#latest].filter(([series]) => pattern.test(series)).map(([, value]) => value);
    return values.length === 0 ? undefined : Math.max(...values);
  }

  problems() {
    return this.#problems;
  }

  summary() {
    return `counters: ${this.#counted.size} series of counters and histograms in ${this.#scrapes} scrapes`;
  }
}

// Sums of histograms may have negative values.
function isCounted(series, types) {
  const name = /^[^{]+/.exec(series)[0];
  if (types.get(name) === "counter") return true;
  return /_(?:bucket|count)$/.test(name) && types.get(name.replace(/_(?:bucket|count)$/, "")) === "histogram";
}
