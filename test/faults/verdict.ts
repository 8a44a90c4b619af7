// Compares the requests that a collector has accepted with the acknowledged steps.
import type { Taking } from "./collector.ts";
import type { LifeReport } from "./life.ts";

/** The data of a finished round. */
export interface Evidence {
  readonly takings: readonly Taking[];
  readonly lives: readonly LifeReport[];
  /** Whether each process had ended before the next began. */
  readonly isAlone: boolean;
  /**
   * Whether senders have a long time-out, so that a repeated request must be explained by a lost response. With a short
   * one, a sender may miss a response that was sent.
   */
  readonly hasLongTimeout: boolean;
}

/** The verdict on a round. */
export interface Verdict {
  /** The errors found. */
  readonly problems: readonly string[];
  /** Repeated requests. */
  readonly twice: number;
}

/** Finds lost steps, wrong order, and unexplained repetitions. */
export function verdictOf({ takings, lives, isAlone, hasLongTimeout }: Evidence): Verdict {
  const problems = lives.flatMap((life) => problemsOfLife(life, takings));
  // A process whose disk fails at its start delivers its own records before it can take over others.
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
      if (hasLongTimeout && !isExplained) problems.push(`${life}/${collection} came twice for no reason`);
      continue;
    }
    const expected = (before?.collection ?? 0) + 1;
    if (collection !== expected) problems.push(`${life}/${collection} came in place of ${life}/${expected}`);
  }
  return { problems, twice };
}

const NOTHING: Pick<Taking, "step" | "lastStep"> = { step: 0, lastStep: 0 };

function problemsOfLife(report: LifeReport, takings: readonly Taking[]): string[] {
  const { life, way, end, recorded, dropped } = report;
  const problems = [...dropped];
  const { step: arrived, lastStep } = takings.findLast((taking) => taking.life === life) ?? NOTHING;
  const least = leastOf(report);
  if (arrived < least || lastStep > recorded) {
    problems.push(
      `life ${life}, by ${way}, ended by ${end}: step ${arrived} to ${lastStep} arrived, not ${least} to ${recorded}`,
    );
  }
  return problems;
}

// Acknowledged steps, and all steps recorded before an end that keeps the last interval. A signal flushes every reader,
// `process.exit()` only our own.
function leastOf({ end, way, durable, recordedBefore, hasDiskFailed }: LifeReport): number {
  const isLastKept = end === "SIGTERM" || (end === "exit" && way === "reader");
  return isLastKept && !hasDiskFailed ? recordedBefore : durable;
}
