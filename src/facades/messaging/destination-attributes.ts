import type { Attributes } from "@opentelemetry/api";
import { boundedName } from "../../recording/bounded-names.ts";

const MAX_SYSTEMS = 100;
const SYSTEM = "messaging.system";
const DESTINATION = "messaging.destination.name";

/**
 * Attributes of destinations: the same object each time for the same destination. `_other` after the first 100 systems,
 * and after the first `max` names of each system.
 */
export class DestinationAttributes {
  readonly #max: number;
  readonly #bySystem = new Map<string | undefined, Map<string | undefined, Attributes>>();

  constructor(max: number) {
    this.#max = max;
  }

  /** Attributes `messaging.system` and `messaging.destination.name`, without unknown ones. */
  of(system: string | undefined, name: string | undefined): Attributes {
    const exportedSystem = boundedName(this.#bySystem, system, MAX_SYSTEMS);
    let byName = this.#bySystem.get(exportedSystem);
    if (byName === undefined) this.#bySystem.set(exportedSystem, (byName = new Map()));
    const exportedName = boundedName(byName, name, this.#max);
    let attributes = byName.get(exportedName);
    if (attributes === undefined) {
      attributes = Object.freeze({
        ...(exportedSystem === undefined ? {} : { [SYSTEM]: exportedSystem }),
        ...(exportedName === undefined ? {} : { [DESTINATION]: exportedName }),
      });
      byName.set(exportedName, attributes);
    }
    return attributes;
  }
}
