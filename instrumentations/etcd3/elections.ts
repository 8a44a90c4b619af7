// Elections: the candidacies of this process, and the leaders that it observes.
import type { Gauge, Histogram } from "@opentelemetry/api";
import {
  fieldOf,
  hasMethods,
  histogram,
  isObject,
  leadershipGauge,
  type Locks,
  prototypeOf,
  type Recording,
} from "../shared/index.ts";

const ELECTION_NAME = "coordination.election.name";

interface Candidacy {
  readonly election: string;
  readonly leader: string;
  readonly sinceMillis: number;
  isLeading: boolean;
}

/** The elections in which this process stands, or which it observes. */
export class EtcdElections {
  readonly #recording: Recording<unknown>;
  readonly #locks: Locks;
  readonly #durations: Histogram;
  readonly #leading: Gauge;
  readonly #candidacies = new WeakMap<object, Candidacy>();
  readonly #observed = new WeakMap<object, string>();
  // The leader by election: candidates and observers report the same change.
  readonly #leaders = new Map<string, string>();

  constructor(recording: Recording<unknown>, locks: Locks) {
    this.#recording = recording;
    this.#locks = locks;
    this.#durations = histogram(recording.meter, "coordination.election.duration");
    this.#leading = leadershipGauge(recording.meter);
  }

  /** Records the elections of the file with these exports. */
  attachTo(exports: unknown): void {
    const recording = this.#recording;
    const election = prototypeOf(exports, "Election");
    const campaign = prototypeOf(exports, "Campaign");
    recording.after(election, "campaign", (of, [value], made) => this.#stands(made, of, value));
    const observes = (observer: unknown, of: unknown): void => this.#observes(observer, of);
    recording.wrap(election, "observe", (observe) => {
      return function (...args) {
        const result = Reflect.apply(observe, this, args);
        return recording.observed(result, { fulfilled: (observer) => observes(observer, this) });
      };
    });
    recording.before(campaign, "emit", (candidate, [event]) => {
      if (event === "elected") this.#elected(candidate);
      else if (event === "error") this.#leadsNoMore(candidate);
    });
    recording.before(campaign, "resign", (candidate) => this.#leadsNoMore(candidate));
    recording.before(prototypeOf(exports, "ElectionObserver"), "emit", (observer, [event]) => {
      if (event === "change") this.#changed(observer);
    });
  }

  #stands(campaign: unknown, election: unknown, value: unknown): void {
    if (!isObject(campaign)) return;
    this.#candidacies.set(campaign, {
      election: this.#nameOf(election),
      leader: String(value),
      sinceMillis: performance.now(),
      isLeading: false,
    });
  }

  #elected(campaign: unknown): void {
    const candidacy = isObject(campaign) ? this.#candidacies.get(campaign) : undefined;
    if (candidacy === undefined) return;
    const { election, leader, sinceMillis } = candidacy;
    candidacy.isLeading = true;
    this.#durations.record((performance.now() - sinceMillis) / 1_000, { [ELECTION_NAME]: election });
    this.#leading.record(1, { [ELECTION_NAME]: election });
    this.#leads(election, leader);
  }

  #leadsNoMore(campaign: unknown): void {
    const candidacy = isObject(campaign) ? this.#candidacies.get(campaign) : undefined;
    if (candidacy?.isLeading !== true) return;
    candidacy.isLeading = false;
    this.#leading.record(0, { [ELECTION_NAME]: candidacy.election });
  }

  #observes(observer: unknown, election: unknown): void {
    if (!isObject(observer)) return;
    this.#observed.set(observer, this.#nameOf(election));
    // The leader that it has found by now comes without an event.
    this.#changed(observer);
  }

  #changed(observer: unknown): void {
    const election = isObject(observer) ? this.#observed.get(observer) : undefined;
    if (!isObject(observer) || election === undefined) return;
    const leader = hasMethods(observer, "leader") ? observer.leader() : undefined;
    if (typeof leader === "string") this.#leads(election, leader);
  }

  #leads(election: string, leader: string): void {
    if (this.#leaders.get(election) === leader) return;
    this.#leaders.set(election, leader);
    this.#locks.coordination.leaderChanged(`${election}/${leader}`);
  }

  #nameOf(election: unknown): string {
    return this.#locks.names.of(String(fieldOf(election, "name")));
  }
}
