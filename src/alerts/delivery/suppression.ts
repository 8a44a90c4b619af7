import type { Alert } from "../alert.ts";
import type { DeliverySettings } from "./settings.ts";
import type { GroupTable } from "./routing/group-table.ts";
import { Inhibition } from "./routing/inhibition.ts";
import { isMuted } from "./routing/mute-time.ts";
import type { Silences } from "./routing/silences.ts";

/** Reasons why an alert is not sent now. */
export interface SuppressionReasons {
  /** Ids of the silences that match. */
  readonly silencedBy: readonly string[];
  readonly isInhibited: boolean;
  /** Whether it is a mute time. */
  readonly isMuted: boolean;
}

/** Silences, inhibition and mute times at one moment. */
export class Suppression {
  readonly #inhibition: Inhibition;
  readonly #silencesOf: (labels: Alert["labels"]) => readonly string[];
  readonly #isMuted: boolean;

  constructor(settings: DeliverySettings, table: GroupTable, silences: Silences, unixMillis: number) {
    this.#inhibition = new Inhibition(settings.inhibit, table.firing());
    this.#silencesOf = silences.matching();
    this.#isMuted = isMuted(settings.muteTimes, unixMillis);
  }

  reasons(labels: Alert["labels"]): SuppressionReasons {
    return {
      silencedBy: this.#silencesOf(labels),
      isInhibited: this.#inhibition.suppresses(labels),
      isMuted: this.#isMuted,
    };
  }

  suppresses({ labels }: Alert): boolean {
    return this.#isMuted || this.#inhibition.suppresses(labels) || this.#silencesOf(labels).length > 0;
  }
}
