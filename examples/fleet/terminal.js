// Output of the demo while it runs: permanent lines, and a status line below them. Without a terminal, the status is
// printed occasionally.

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

  /** Replaces the status line; an empty text removes it. */
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
