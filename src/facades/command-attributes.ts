// The attributes of commands, of bounded number.
import type { Attributes } from "@opentelemetry/api";
import { OTHER_ERROR_TYPE } from "./error-type.ts";

// Stands for every command beyond those that are kept apart.
const OTHER_COMMAND = "_other";

const MAX_ERROR_TYPES = 20;

/** The attributes of one command: the very same objects each time. */
export class CommandAttributes {
  /** `command.name` and `outcome`. */
  readonly success: Attributes;
  readonly failure: Attributes;
  readonly #byErrorType = new Map<string, Attributes>();

  /** @param name attribute `command.name`, which is left out where there is none. */
  constructor(name: string | undefined) {
    const named = name === undefined ? {} : { "command.name": name };
    this.success = Object.freeze({ ...named, outcome: "success" });
    this.failure = Object.freeze({ ...named, outcome: "failure" });
  }

  /** `command.name`, `outcome` and `error.type`, of which the first 20 are kept apart. */
  failureOf(errorType: string): Attributes {
    const known = this.#byErrorType.get(errorType);
    if (known !== undefined) return known;
    const isFull = this.#byErrorType.size >= MAX_ERROR_TYPES && errorType !== OTHER_ERROR_TYPE;
    if (isFull) return this.failureOf(OTHER_ERROR_TYPE);
    const made = Object.freeze({ ...this.failure, "error.type": errorType });
    this.#byErrorType.set(errorType, made);
    return made;
  }
}

/** Finds the attributes of commands. The first `max` names are kept apart; all further ones are `_other`. */
export class CommandNames {
  readonly #max: number;
  readonly #byName = new Map<string, CommandAttributes>();
  readonly #nameless = new CommandAttributes(undefined);
  readonly #other = new CommandAttributes(OTHER_COMMAND);

  constructor(max: number) {
    this.#max = max;
  }

  of(name: string | undefined): CommandAttributes {
    if (name === undefined) return this.#nameless;
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    if (this.#byName.size >= this.#max || name === OTHER_COMMAND) return this.#other;
    const made = new CommandAttributes(name);
    this.#byName.set(name, made);
    return made;
  }
}
