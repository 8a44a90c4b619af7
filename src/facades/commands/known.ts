import type { Attributes } from "@opentelemetry/api";
import { CommandHistory } from "./history.ts";
import { OTHER_ERROR_TYPE } from "../../recording/error-type.ts";
import { OTHER_NAME } from "../../recording/bounded-names.ts";

const MAX_ERROR_TYPES = 20;

/** A type of failure of one command. */
export interface KnownFailure {
  /** The error type, or `_OTHER`. */
  readonly errorType: string;
  /** `command.name`, `outcome` and `error.type`. */
  readonly attributes: Attributes;
}

/** A command with its history and its attributes, the same objects each time. */
export class KnownCommand {
  readonly name: string | undefined;
  readonly history: CommandHistory = new CommandHistory();
  /** `command.name` and `outcome`. */
  readonly success: Attributes;
  readonly failure: Attributes;
  readonly #byErrorType = new Map<string, KnownFailure>();

  /** @param name attribute `command.name`, which is left out if undefined. */
  constructor(name: string | undefined) {
    this.name = name;
    const named = name === undefined ? {} : { "command.name": name };
    this.success = Object.freeze({ ...named, outcome: "success" });
    this.failure = Object.freeze({ ...named, outcome: "failure" });
  }

  /** Returns the failure of this type; `_OTHER` after the first 20 types. */
  failureOf(errorType: string): KnownFailure {
    const known = this.#byErrorType.get(errorType);
    if (known !== undefined) return known;
    const isFull = this.#byErrorType.size >= MAX_ERROR_TYPES && errorType !== OTHER_ERROR_TYPE;
    if (isFull) return this.failureOf(OTHER_ERROR_TYPE);
    const made = { errorType, attributes: Object.freeze({ ...this.failure, "error.type": errorType }) };
    this.#byErrorType.set(errorType, made);
    return made;
  }
}

/** Commands by name; after the first `max` names, further ones are `_other`. */
export class KnownCommands {
  readonly #max: number;
  readonly #byName = new Map<string, KnownCommand>();
  readonly #nameless = new KnownCommand(undefined);
  readonly #other = new KnownCommand(OTHER_NAME);

  constructor(max: number) {
    this.#max = max;
  }

  /** Iterates over all commands so far. */
  *[Symbol.iterator](): Iterator<KnownCommand> {
    yield this.#nameless;
    yield* this.#byName.values();
    yield this.#other;
  }

  of(name: string | undefined): KnownCommand {
    if (name === undefined) return this.#nameless;
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    if (this.#byName.size >= this.#max || name === OTHER_NAME) return this.#other;
    const made = new KnownCommand(name);
    this.#byName.set(name, made);
    return made;
  }
}
