// Prices of models, from the options or from a file.
import { diag } from "@opentelemetry/api";
import { resolve } from "node:path";
import { contentOf, contentOfSync, type FileContent, RepeatedLook } from "../../io/files/watched-content.ts";
import { parsedJson } from "../../io/json.ts";
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
    this.#take(contentOfSync(this.#file, MAX_FILE_BYTES));
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
    const content = await contentOf(this.#file ?? "", MAX_FILE_BYTES);
    if (content.key === this.#seen || this.#looking.isEnded) return;
    if (this.#take(content)) diag.info(`${this.#file}: the prices of models changed`);
  }

  // Returns whether it has prices.
  #take({ key, text, reason }: FileContent): boolean {
    this.#seen = key;
    const content = text === undefined ? undefined : parsedJson(text);
    const invalid = content === undefined ? "it is not valid JSON" : `it must ${PRICES.must}`;
    const table = PRICES.read(content);
    if (table === undefined) this.#log(text === undefined ? reason : invalid);
    else this.#table = table;
    return table !== undefined;
  }

  #log(reason: string): void {
    diag.error(`facades.genAi.prices: ${this.#file}: the prices of models were not changed: ${reason}`);
  }
}
