// Elections: candidates of this process, and the leaders that it observes.
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, hasMethods, isObject } from "../shared/fields.ts";
import { histogram, leadershipGauge } from "../shared/instruments.ts";
import { LiveObjects } from "../shared/live-objects.ts";
import type { Locks } from "../shared/locks.ts";
import { outliving } from "../shared/outliving.ts";
import type { Recording } from "../shared/recording.ts";

const ELECTION_NAME = "coordination.election.name";

interface Candidacy {
  /** The election's name in the application. */
  readonly given: string;
  readonly leader: string;
  readonly sinceMillis: number;
  isLeading: boolean;
}

const stateOf = outliving(() => ({
  candidates: new LiveObjects(),
  candidacies: new WeakMap<object, Candidacy>(),
  // The elections of observers.
  observed: new WeakMap<object, string>(),
}));

/** Returns a function that records the elections of the file with these exports. */
export function electionWatch(recording: Recording<unknown>, locks: Locks): (exports: unknown) => void {
  const durations = histogram(recording.meter, "coordination.election.duration");
  const leading = leadershipGauge(recording.meter);
  const { candidates, candidacies, observed } = stateOf(recording);
  // Leader by election: candidates and observers report the same change.
  const leaders = new Map<string, string>();

  const shows = ({ given, isLeading }: Candidacy): void =>
    leading.record(isLeading ? 1 : 0, { [ELECTION_NAME]: locks.names.of(given) });
  const leads = (election: string, leader: string): void => {
    if (leaders.get(election) === leader) return;
    leaders.set(election, leader);
    locks.coordination.leaderChanged(`${election}/${leader}`);
  };
  const stands = (campaign: unknown, election: unknown, value: unknown): void => {
    if (!isObject(campaign)) return;
    const sinceMillis = performance.now();
    const leader = String(value);
    const given = String(fieldOf(election, "name"));
    candidacies.set(campaign, { given, leader, sinceMillis, isLeading: false });
  };
  const elected = (campaign: object): void => {
    const candidacy = candidacies.get(campaign);
    if (candidacy === undefined) return;
    const { given, leader, sinceMillis } = candidacy;
    const election = locks.names.of(given);
    candidacy.isLeading = true;
    candidates.add(campaign);
    durations.record((performance.now() - sinceMillis) / 1_000, { [ELECTION_NAME]: election });
    shows(candidacy);
    leads(election, leader);
  };
  const leadsNoMore = (campaign: object): void => {
    const candidacy = candidacies.get(campaign);
    if (candidacy?.isLeading !== true) return;
    candidacy.isLeading = false;
    candidates.delete(campaign);
    shows(candidacy);
  };
  const changed = (observer: object): void => {
    const given = observed.get(observer);
    if (given === undefined || !hasMethods(observer, "leader")) return;
    const leader = observer.leader();
    if (typeof leader === "string") leads(locks.names.of(given), leader);
  };
  const observes = (observer: unknown, election: unknown): void => {
    if (!isObject(observer)) return;
    observed.set(observer, String(fieldOf(election, "name")));
    // A leader that the observer already knows is not announced by an event.
    changed(observer);
  };

  for (const campaign of candidates) {
    const candidacy = candidacies.get(campaign);
    if (candidacy === undefined) continue;
    // It may have ended while nothing was recorded.
    if (!isCampaigning(campaign)) leadsNoMore(campaign);
    else {
      shows(candidacy);
      leads(locks.names.of(candidacy.given), candidacy.leader);
    }
  }
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

// Its key's revision is a symbol once it has resigned.
function isCampaigning(campaign: object): boolean {
  const lease = fieldOf(campaign, "lease");
  if (hasMethods(lease, "revoked") && lease.revoked() === true) return false;
  return typeof fieldOf(campaign, "keyRevision") !== "symbol";
}
