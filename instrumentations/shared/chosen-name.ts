// The application's own names for things, where it gives a function for them.
import { LogOnce } from "../../src/diagnostics/log-once.ts";

/** What a function of the application's names. */
export interface ChosenNaming<Given> {
  /** As the instrumentation is switched: `mqtt`. */
  readonly instrumentation: string;
  /** The option that the function was given by. */
  readonly option: string;
  readonly choose: ((given: Given) => string) | undefined;
  /** What becomes of things for which it fails, for people. */
  readonly otherwise: string;
}

/** Asks a function of the application's for names. What it throws, or gives that is no text, is logged once. */
export class ChosenName<Given> {
  readonly #naming: ChosenNaming<Given>;
  readonly #once = new LogOnce();

  constructor(naming: ChosenNaming<Given>) {
    this.#naming = naming;
  }

  /** The chosen name; `undefined` where there is no function, or none for `given`. */
  of(given: Given): string | undefined {
    const { choose } = this.#naming;
    if (choose === undefined) return undefined;
    try {
      const name: unknown = choose(given);
      if (typeof name === "string") return name;
      this.#failed(new TypeError(`it gave no text but ${typeof name}`));
    } catch (error) {
      this.#failed(error);
    }
    return undefined;
  }

  #failed(error: unknown): void {
    const { instrumentation, option, otherwise } = this.#naming;
    this.#once.error(
      "",
      () => `instrumentation ${instrumentation}: option "${option}" failed; ${otherwise}`,
      error,
    );
  }
}
