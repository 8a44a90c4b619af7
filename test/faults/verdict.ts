// What a collector has taken, held against what was acknowledged.
import type { Taking } from "./collector.ts";
import type { LifeReport } from "./life.ts";

/** What a round was, when it is over. */
export interface Evidence {
  readonly takings: readonly Taking[];
  readonly lives: readonly LifeReport[];
  /** Whether each process was gone before the next began. */
  readonly isAlone: boolean;
  /**
   * Whether a request that comes twice has to be explained by an answer that was lost; it cannot where senders do not
   * wait for long enough to be sure of an answer that went out.
   */
  readonly isPatient: boolean;
}

/** What came of it. */
export interface Verdict {
  /** What should not be. */
  readonly problems: readonly string[];
  /** Requests that came once more. */
  readonly twice: number;
}

/** Looks for what was lost, what came out of order, and what came twice without a reason. */
export function verdictOf({ takings, lives, isAlone, isPatient }: Evidence): Verdict {
  const problems = lives.flatMap((life) => problemsOfLife(life, takings));
  // A process whose disk fails at its start delivers its own before it can take over others'.
  const isStrict = isAlone && lives.every(({ hasDiskFailed }) => !hasDiskFailed);
  const lastOfSender = new Map(takings.map((taking) => [taking.sender, taking]));
  const latest = new Map<number, Taking>();
  let twice = 0;
  for (const [i, taking] of takings.entries()) {
    const { life, collection } = taking;
    const before = latest.get(life);
    latest.set(life, taking);
    const overtaken = takings[i - 1];
    if (isStrict && overtaken !== undefined && life < overtaken.life)
      problems.push(`${life}/${collection} came after one of life ${overtaken.life}`);
    if (before?.collection === collection) {
      twice++;
      const isExplained = !before.isAnswered || lastOfSender.get(before.sender) === before;
      if (isPatient && !isExplained) problems.push(`${life}/${collection} came twice for no reason`);
      continue;
    }
    const expected = (before?.collection ?? 0) + 1;
    if (collection !== expected) problems.push(`${life}/${collection} came in place of ${life}/${expected}`);
  }
  return { problems, twice };
}

function problemsOfLife(report: LifeReport, takings: readonly Taking[]): string[] {
  const { life, way, end, recorded, dropped } = report;
  const problems = [...dropped];
  const arrived = takings.findLast((taking) => taking.life === life)?.step ?? 0;
  const least = leastOf(report);
  if (arrived < least || arrived > recorded) {
    problems.push(
      `life ${life}, by ${way}, ended by ${end}: step ${arrived} arrived, not ${least} to ${recorded}`,
    );
  }
  return problems;
}

// What was acknowledged and, where the end lets the last figures be kept, all that was recorded before it: a signal has
// every reader flushed, `process.exit()` those of ours.
function leastOf({ end, way, durable, recordedBefore, hasDiskFailed }: LifeReport): number {
  const isLastKept = end === "SIGTERM" || (end === "exit" && way === "reader");
  return isLastKept && !hasDiskFailed ? recordedBefore : durable;
}
