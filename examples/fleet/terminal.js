// What the demo shows while it runs: lines that stay, and below them one that changes; without a terminal, now and then.

const CLEAR_LINE = "\r\x1b[K";
const EVERY_MILLIS = 3_000;

export class Terminal {
  #out;
  #status = "";
  #shownAt = -Infinity;

  constructor(out = process.stdout) {
    this.#out = out;
  }

  say(line) {
    if (this.#out.isTTY) this.#out.write(`${CLEAR_LINE}${line}\n${this.#fit(this.#status)}`);
    else this.#out.write(`${line}\n`);
  }

  /** Replaces the line that changes; an empty one removes it. */
  show(status) {
    this.#status = status;
    if (this.#out.isTTY) this.#out.write(CLEAR_LINE + this.#fit(status));
    else if (status !== "" && performance.now() - this.#shownAt >= EVERY_MILLIS) {
      this.#shownAt = performance.now();
      this.#out.write(`${status}\n`);
    }
  }

  #fit(line) {
    return line.slice(0, this.#out.columns - 1);
  }
}
