// Elections: candidacies of this process, and what it hears of the others'.
import type { Gauge, Histogram } from "@opentelemetry/api";
import {
  electionHistogram,
  isObject,
  leadershipGauge,
  type Locks,
  observed,
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
  // Who leads, by election: a change is told by the candidate and by those who observe. As many as there are names.
  readonly #leaders = new Map<string, string>();

  constructor(recording: Recording<unknown>, locks: Locks) {
    this.#recording = recording;
    this.#locks = locks;
    this.#durations = electionHistogram(recording.meter);
    this.#leading = leadershipGauge(recording.meter);
  }

  /** Has the elections of the file with these exports recorded. */
  attachTo(exports: unknown): void {
    const recording = this.#recording;
    const election = prototypeOf(exports, "Election");
    const campaign = prototypeOf(exports, "Campaign");
    const stands = (made: unknown, of: unknown, value: unknown): void => this.#stands(made, of, value);
    recording.wrap(
      election,
      "campaign",
      (stand) =>
        function (...args) {
          const made = Reflect.apply(stand, this, args);
          recording.safely(() => stands(made, this, args[0]));
          return made;
        },
    );
    const observes = (observer: unknown, of: unknown): void => this.#observes(observer, of);
    recording.wrap(
      election,
      "observe",
      (observe) =>
        function (...args) {
          return observed(Reflect.apply(observe, this, args), {
            fulfilled: (observer) => recording.safely(() => observes(observer, this)),
            rejected: () => {},
          });
        },
    );
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
    // What it had found by then was no change, but the first thing that it saw.
    this.#changed(observer);
  }

  #changed(observer: unknown): void {
    const election = isObject(observer) ? this.#observed.get(observer) : undefined;
    if (!isObject(observer) || election === undefined) return;
    const leaderOf: unknown = Reflect.get(observer, "leader");
    const leader: unknown =
      typeof leaderOf === "function" ? Reflect.apply(leaderOf, observer, []) : undefined;
    if (typeof leader === "string") this.#leads(election, leader);
  }

  #leads(election: string, leader: string): void {
    if (this.#leaders.get(election) === leader) return;
    this.#leaders.set(election, leader);
    this.#locks.coordination.leaderChanged(`${election}/${leader}`);
  }

  #nameOf(election: unknown): string {
    const name: unknown = isObject(election) ? Reflect.get(election, "name") : undefined;
    return this.#locks.names.of(String(name));
  }
}
