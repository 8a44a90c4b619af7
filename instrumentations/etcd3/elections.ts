// Elections: candidates of this process, and the leaders that it observes.
import { OTHER_NAME } from "../../src/recording/bounded-names.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, hasMethods, isObject } from "../shared/fields.ts";
import { histogram, leadershipGauge } from "../shared/instruments.ts";
import { LiveObjects } from "../shared/live-objects.ts";
import type { Locks } from "../shared/locks.ts";
import { KnownNames, NAMES_WITH_IDS, remember } from "../shared/names.ts";
import type { LocksConfig } from "../shared/options.ts";
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
export function electionWatch(
  recording: Recording<LocksConfig>,
  { coordination }: Locks,
): (exports: unknown) => void {
  // Two elections of one name would be two leaders of one election.
  const names = new KnownNames(recording, NAMES_WITH_IDS);
  const durations = histogram(recording.meter, "coordination.election.duration");
  const leading = leadershipGauge(recording.meter);
  const { candidates, candidacies, observed } = stateOf(recording);
  // Leader by the election's name in the application: candidates and observers report the same change.
  const leaders = new Map<string, string>();

  const shows = ({ given, isLeading }: Candidacy): void => {
    const election = names.of(given);
    if (election !== OTHER_NAME) leading.record(isLeading ? 1 : 0, { [ELECTION_NAME]: election });
  };
  const leads = (given: string, leader: string): void => {
    if (leaders.get(given) === leader) return;
    remember(leaders, given, leader);
    coordination.leaderChanged(`${names.of(given)}/${leader}`);
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
    candidacy.isLeading = true;
    candidates.add(campaign);
    durations.record((performance.now() - sinceMillis) / 1_000, { [ELECTION_NAME]: names.of(given) });
    shows(candidacy);
    leads(given, leader);
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
    if (typeof leader === "string") leads(given, leader);
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
      leads(candidacy.given, candidacy.leader);
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
