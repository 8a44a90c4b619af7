// From the names of locks and elections, of which there may be one a user, to a bounded number of attributes' values.
import { BoundedNames } from "../../src/recording/bounded-names.ts";
import { ChosenName } from "./chosen-name.ts";
import { nameTemplate } from "./name-template.ts";
import type { NamingConfig } from "./option-sets.ts";
import type { Recording } from "./recording.ts";
import { remember } from "./remembered.ts";

const MAX_NAMES = 100;
const SIGNS = { parts: /[^/:,]+/g, any: "*", tooLong: "*" };

/**
 * The names under which things are recorded: what looks like an id between `/`, `:` and `,` is `*`, and from the 101st name
 * on it is `_other`. Option `name` takes the place of the first rule.
 */
export class KnownNames {
  readonly #chosen: ChosenName<string>;
  readonly #byGiven = new Map<string, string>();
  readonly #names = new BoundedNames(MAX_NAMES);

  constructor(recording: Recording<NamingConfig>) {
    this.#chosen = new ChosenName({
      instrumentation: recording.name,
      option: "name",
      choose: recording.config.name,
      otherwise: "what it fails for is named by the default",
    });
  }

  /** The name of what the library calls `given`. */
  of(given: string): string {
    const known = this.#byGiven.get(given);
    if (known !== undefined) return known;
    const name = this.#names.of(this.#chosen.of(given) ?? nameTemplate(given, SIGNS));
    remember(this.#byGiven, given, name);
    return name;
  }
}
