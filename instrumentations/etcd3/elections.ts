// Elections: candidates of this process, and the leaders that it observes.
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, hasMethods, isObject } from "../shared/fields.ts";
import { histogram, leadershipGauge } from "../shared/instruments.ts";
import type { Locks } from "../shared/locks.ts";
import type { Recording } from "../shared/recording.ts";

const ELECTION_NAME = "coordination.election.name";

interface Candidacy {
  readonly election: string;
  readonly leader: string;
  readonly sinceMillis: number;
  isLeading: boolean;
}

/** Returns a function that records the elections of the file with these exports. */
export function electionWatch(recording: Recording<unknown>, locks: Locks): (exports: unknown) => void {
  const durations = histogram(recording.meter, "coordination.election.duration");
  const leading = leadershipGauge(recording.meter);
  const candidacies = new WeakMap<object, Candidacy>();
  const observed = new WeakMap<object, string>();
  // Leader by election: candidates and observers report the same change.
  const leaders = new Map<string, string>();

  const nameOf = (election: unknown): string => locks.names.of(String(fieldOf(election, "name")));
  const leads = (election: string, leader: string): void => {
    if (leaders.get(election) === leader) return;
    leaders.set(election, leader);
    locks.coordination.leaderChanged(`${election}/${leader}`);
  };
  const stands = (campaign: unknown, election: unknown, value: unknown): void => {
    if (!isObject(campaign)) return;
    const sinceMillis = performance.now();
    const leader = String(value);
    candidacies.set(campaign, { election: nameOf(election), leader, sinceMillis, isLeading: false });
  };
  const elected = (campaign: object): void => {
    const candidacy = candidacies.get(campaign);
    if (candidacy === undefined) return;
    const { election, leader, sinceMillis } = candidacy;
    candidacy.isLeading = true;
    durations.record((performance.now() - sinceMillis) / 1_000, { [ELECTION_NAME]: election });
    leading.record(1, { [ELECTION_NAME]: election });
    leads(election, leader);
  };
  const leadsNoMore = (campaign: object): void => {
    const candidacy = candidacies.get(campaign);
    if (candidacy?.isLeading !== true) return;
    candidacy.isLeading = false;
    leading.record(0, { [ELECTION_NAME]: candidacy.election });
  };
  const changed = (observer: object): void => {
    const election = observed.get(observer);
    if (election === undefined || !hasMethods(observer, "leader")) return;
    const leader = observer.leader();
    if (typeof leader === "string") leads(election, leader);
  };
  const observes = (observer: unknown, election: unknown): void => {
    if (!isObject(observer)) return;
    observed.set(observer, nameOf(election));
    // A leader that the observer already knows is not announced by an event.
    changed(observer);
  };

  return (exports) => {
    const election = prototypeOf(exports, "Election");
    const campaign = prototypeOf(exports, "Campaign");
    recording.after(election, "campaign", (of, made, value) => stands(made, of, value));
    recording.outcome(election, "observe", (of) => ({ fulfilled: (observer) => observes(observer, of) }));
    recording.before(campaign, "emit", (candidate, event) => {
      if (event === "elected") elected(Object(candidate));
      else if (event === "error") leadsNoMore(Object(candidate));
    });
    recording.before(campaign, "resign", (candidate) => leadsNoMore(Object(candidate)));
    recording.before(prototypeOf(exports, "ElectionObserver"), "emit", (observer, event) => {
      if (event === "change") changed(Object(observer));
    });
  };
}
