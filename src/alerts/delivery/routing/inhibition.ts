import type { Alert } from "../../alert.ts";
import type { CompiledMatchers } from "./alert-matchers.ts";
import type { GroupTable } from "./group-table.ts";
import { isMuted, type MuteTime } from "./mute-time.ts";
import type { Silences } from "./silences.ts";

/** A rule: firing alerts that match `source` suppress those that match `target`, if the labels in `equal` are equal. */
export interface InhibitionRule {
  readonly source: CompiledMatchers;
  readonly target: CompiledMatchers;
  /** Names of labels; a missing label is equal to an empty one. */
  readonly equal: readonly string[];
}

/** The inhibition rules applied to the firing alerts of one moment. */
export class Inhibition {
  readonly #rules: readonly Sources[];

  constructor(rules: readonly InhibitionRule[], firing: Iterable<Alert>) {
    this.#rules = rules.map((rule) => ({ rule, all: new Set<string>(), pure: new Set<string>() }));
    if (rules.length === 0) return;
    for (const { labels } of firing) {
      for (const { rule, all, pure } of this.#rules) {
        if (!rule.source.test(labels)) continue;
        const key = equalKey(rule, labels);
        all.add(key);
        if (!rule.target.test(labels)) pure.add(key);
      }
    }
  }

  /** Whether a firing source suppresses an alert. One that matches both sides is suppressed by pure sources only. */
  suppresses(labels: Alert["labels"]): boolean {
    return this.#rules.some(({ rule, all, pure }) => {
      if (!rule.target.test(labels)) return false;
      return (rule.source.test(labels) ? pure : all).has(equalKey(rule, labels));
    });
  }
}

/** Values of the equal labels of a rule's firing sources. */
interface Sources {
  readonly rule: InhibitionRule;
  readonly all: Set<string>;
  /** Those of sources that are not targets as well. */
  readonly pure: Set<string>;
}

function equalKey({ equal }: InhibitionRule, labels: Alert["labels"]): string {
  return JSON.stringify(equal.map((name) => (Object.hasOwn(labels, name) ? labels[name] : "")));
}

/** Reasons why an alert is not sent now. */
export interface SuppressionReasons {
  /** Ids of the silences that match. */
  readonly silencedBy: readonly string[];
  readonly isInhibited: boolean;
  /** Whether it is a mute time. */
  readonly isMuted: boolean;
}

interface SuppressionSettings {
  readonly inhibit: readonly InhibitionRule[];
  readonly muteTimes: readonly MuteTime[];
}

/** Silences, inhibition and mute times at one moment. */
export class Suppression {
  readonly #inhibition: Inhibition;
  readonly #silencesOf: (labels: Alert["labels"]) => readonly string[];
  readonly #isMuted: boolean;

  constructor(settings: SuppressionSettings, table: GroupTable, silences: Silences, unixMillis: number) {
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
