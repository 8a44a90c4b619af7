// Lines that the processes print: each needs a reason.
const REASONS = [
  ["a round of the fleet", /^round \d+: .*each exactly once/],
  ["the collector was away", /503|collector is not reached|outbox/i],
  ["a process was killed", /killed|took over|takes over|another process of group|member .* ended/i],
  ["an alert, as they are logged by default", /alert (?:pending|firing|resolved)/],
];

// With a turned clock the machine is as many times slower.
const OF_A_TURNED_CLOCK = [
  "the turned clock",
  /event loop has been blocked|timed out|time left|not ended after|no response/,
];

export class Logs {
  #lines = new Map();
  #reasons;

  constructor(isTurned) {
    this.#reasons = isTurned ? [...REASONS, OF_A_TURNED_CLOCK] : REASONS;
  }

  add(name, line) {
    const words = line.replaceAll(/\d+(?:\.\d+)?/g, "#").replaceAll(/worker-#|coordinator/g, "…");
    const known = this.#lines.get(words) ?? { first: `${name}: ${line}`, count: 0 };
    known.count++;
    this.#lines.set(words, known);
  }

  table() {
    const all = [...this.#lines.values()].map(
      ({ first, count }) => `${count} × ${this.#reasonOf(first) ?? "?"}: ${first}`,
    );
    return all.join("\n");
  }

  unexplained() {
    return [...this.#lines.values()]
      .filter(({ first }) => this.#reasonOf(first) === undefined)
      .map(({ first, count }) => `no reason is known for ${count} × ${first}`);
  }

  #reasonOf(line) {
    const text = line.slice(line.indexOf(": ") + 2);
    return this.#reasons.find(([, pattern]) => pattern.test(text))?.[0];
  }
}
