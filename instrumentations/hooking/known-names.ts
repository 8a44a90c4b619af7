// From the names of locks and elections, of which there may be one a user, to a bounded number of attributes' values.
import { diag } from "@opentelemetry/api";
import { nameTemplate } from "./name-template.ts";
import type { Recording } from "./recording.ts";

const MAX_NAMES = 100;
const MAX_REMEMBERED = 1_000;
const OTHER = "_other";
const SIGNS = { parts: /[^/:,]+/g, any: "*", tooLong: "*" };

/** What hooks take that name things. */
export interface NamingConfig {
  /**
   * The name under which a thing is recorded, of the name that it has in the library, in place of the hook's own rule.
   * There may be 100 names before further ones are recorded as `_other`.
   */
  name?: (given: string) => string;
}

/**
 * The names under which things are recorded: what looks like an id between `/`, `:` and `,` is `*`, and from the 101st name
 * on it is `_other`. Option `name` takes the place of the first rule.
 */
export class KnownNames {
  readonly #recording: Recording<NamingConfig>;
  readonly #byGiven = new Map<string, string>();
  readonly #names = new Set<string>();
  #hasFailed = false;

  constructor(recording: Recording<NamingConfig>) {
    this.#recording = recording;
  }

  /** The name of what the library calls `given`. */
  of(given: string): string {
    const known = this.#byGiven.get(given);
    if (known !== undefined) return known;
    const name = this.#bounded(this.#nameOf(given));
    if (this.#byGiven.size >= MAX_REMEMBERED) this.#byGiven.clear();
    this.#byGiven.set(given, name);
    return name;
  }

  #bounded(name: string): string {
    if (!this.#names.has(name) && this.#names.size >= MAX_NAMES) return OTHER;
    this.#names.add(name);
    return name;
  }

  #nameOf(given: string): string {
    const { name: option } = this.#recording.config;
    if (option !== undefined) {
      try {
        const name: unknown = option(given);
        if (typeof name === "string") return name;
        this.#failed(new TypeError(`it gave no text but ${typeof name}`));
      } catch (error) {
        this.#failed(error);
      }
    }
    return nameTemplate(given, SIGNS);
  }

  #failed(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    diag.error(
      `instrumentation ${this.#recording.name}: option "name" failed; what it fails for is named by the default; this is logged once`,
      error,
    );
  }
}
