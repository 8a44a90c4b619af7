/** Facts that are published if they have changed. */
import { errorMessage } from "../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../diagnostics/rate-limit.ts";

// Share of the time that is used for facts, at most.
const PAUSE_FACTOR = 50;

export class ChangedFacts {
  readonly #facts: () => string | undefined;
  readonly #publish: (facts: string) => void;
  readonly #areLost: () => boolean;
  #last: string | undefined;
  #notBeforeMillis = 0;

  /**
   * @param publish writes or sends the facts; if it throws, they are published later.
   * @param areLost whether those that were published must be published again.
   */
  constructor(
    facts: () => string | undefined,
    publish: (facts: string) => void,
    areLost: () => boolean = () => false,
  ) {
    this.#facts = facts;
    this.#publish = publish;
    this.#areLost = areLost;
  }

  /**
   * Publishes the facts if they have changed. Large ones are published less often, but the last ones always. Returns
   * whether they are published.
   */
  publish({ isLast = false }: { readonly isLast?: boolean } = {}): boolean {
    const startMillis = performance.now();
    if (startMillis < this.#notBeforeMillis && !isLast) return false;
    try {
      const facts = this.#facts() ?? (this.#last === undefined ? undefined : "");
      if (facts === undefined || (facts === this.#last && !this.#areLost())) return false;
      this.#publish(facts);
      this.#last = facts;
      return true;
    } catch (error) {
      warnOnceAMinute(`group: the state of facades cannot be passed on (${errorMessage(error)})`);
      return false;
    } finally {
      const nowMillis = performance.now();
      this.#notBeforeMillis = nowMillis + PAUSE_FACTOR * (nowMillis - startMillis);
    }
  }
}
