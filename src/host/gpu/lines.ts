/** Splits text into lines. Lines longer than `maxLength` are left out, so that their memory is bounded. */
export class Lines {
  readonly #maxLength: number;
  readonly #onLine: (line: string) => void;
  #begun = "";
  #isTooLong = false;

  constructor(maxLength: number, onLine: (line: string) => void) {
    this.#maxLength = maxLength;
    this.#onLine = onLine;
  }

  /** Adds a part of the text, and passes on the lines that it completes. */
  push(text: string): void {
    let from = 0;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", from)) {
      this.#hold(text.slice(from, at));
      this.end();
      from = at + 1;
    }
    this.#hold(text.slice(from));
  }

  /** Passes on the line that has begun, if it is not empty. */
  end(): void {
    const line = this.#begun.trimEnd();
    const isWhole = !this.#isTooLong;
    this.#begun = "";
    this.#isTooLong = false;
    if (isWhole && line !== "") this.#onLine(line);
  }

  #hold(part: string): void {
    if (this.#isTooLong) return;
    this.#isTooLong = this.#begun.length + part.length > this.#maxLength;
    this.#begun = this.#isTooLong ? "" : this.#begun + part;
  }
}
