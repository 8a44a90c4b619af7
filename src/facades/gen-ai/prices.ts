// Prices of models, from the options or from a file.
import { diag } from "@opentelemetry/api";
import { resolve } from "node:path";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { readTextSync } from "../../io/files/open-file.ts";
import { contentOf, RepeatedLook } from "../../io/files/watched-content.ts";
import { type ModelPrice, PRICES } from "../../options/prices.ts";

type Table = Readonly<Record<string, ModelPrice>>;

const MAX_FILE_BYTES = 1_048_576;

/** The prices of models by name. A file is read again when it changes; an invalid one changes nothing and is logged once. */
export class Prices {
  readonly #file: string | undefined;
  readonly #looking: RepeatedLook;
  #table: Table = {};
  #seen: string | undefined;

  /** @param intervalMillis time between two looks at the file; 5,000 by default. */
  constructor(given: Table | string, intervalMillis?: number) {
    this.#looking = new RepeatedLook(() => this.#look(), intervalMillis);
    if (typeof given !== "string") {
      this.#table = given;
      return;
    }
    // The application may change its working directory.
    this.#file = resolve(given);
    try {
      this.#read(readTextSync(this.#file));
    } catch (error) {
      this.#log(errorMessage(error));
    }
    this.#looking.start();
  }

  /** The price of a model. */
  of(model: unknown): ModelPrice | undefined {
    return typeof model === "string" && Object.hasOwn(this.#table, model) ? this.#table[model] : undefined;
  }

  /** The file is not looked at from now on. */
  end(): void {
    this.#looking.end();
  }

  async #look(): Promise<void> {
    const { key, text, reason } = await contentOf(this.#file ?? "", MAX_FILE_BYTES);
    if (key === this.#seen || this.#looking.isEnded) return;
    if (text === undefined) {
      this.#seen = key;
      this.#log(reason);
    } else if (this.#read(text)) diag.info(`${this.#file}: the prices of models changed`);
  }

  // Returns whether it has prices.
  #read(text: string): boolean {
    this.#seen = text;
    try {
      const table = PRICES.read(JSON.parse(text));
      if (typeof table !== "object") throw new TypeError(`it must ${PRICES.must}`);
      this.#table = table;
      return true;
    } catch (error) {
      this.#log(errorMessage(error));
      return false;
    }
  }

  #log(reason: string): void {
    diag.error(`facades.genAi.prices: ${this.#file}: the prices of models were not changed: ${reason}`);
  }
}
