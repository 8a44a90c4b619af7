/**
 * Parameters of the streaming detectors. One set serves all series. `npm run bench:anomalies` shows the accuracy with each
 * of them changed by 10 %.
 */
export interface Parameters {
  /** Points before the first verdict. */
  readonly warmUpPoints: number;
  /** Age up to which a series needs more evidence, at least `warmUpPoints`, and the part of it. Later it needs less. */
  readonly cautionSeconds: number;
  readonly cautionAmount: number;
  /** Points of the window of each detector. The largest sets the size of the ring. */
  readonly rateWindow: number;
  readonly seasonWindow: number;
  readonly shiftWindow: number;
  readonly dispersionWindow: number;
  readonly levelWindow: number;
  /** Points after which a statistic's past counts 1/e. */
  readonly memoryPoints: number;
  /** Largest distance from the mean that is learned, in standard deviations. */
  readonly clipDeviations: number;
  /** Seconds within one hour of the day after which its past mean counts 1/e: 4 h are four days. */
  readonly seasonMemorySeconds: number;
  /** Standard deviations at which the tail begins. */
  readonly tailStart: number;
  /** Excess of the tail assumed before any was seen, in units of z²/2, and its weight in points of the tail. */
  readonly tailPrior: number;
  readonly tailPriorPoints: number;
  /** Lower bound of the tail's excess: that of a normal distribution. */
  readonly tailFloor: number;
  /**
   * Largest z²/2 from which the tail is learned, so that one outlier does not make the detector blind. Up to 1 minute
   * between points a larger one counts no more than this. With longer intervals it counts further in proportion.
   */
  readonly tailLimit: number;
  /** Points of the tail that it remembers, and points for the share of points in the tail. */
  readonly tailMemoryPoints: number;
  readonly shareMemoryPoints: number;
  /**
   * A distance `recordMargin` times as large as any before counts in full. Up to the largest before it counts `recordFactor`,
   * since events of that size are known.
   */
  readonly recordMargin: number;
  readonly recordFactor: number;
  /** Evidence that each detector must have in addition, for each factor of ten by which points are denser than 5 minutes. */
  readonly intervalWeight: number;
  /** Sum of the detectors' evidence at which the score is 0.5. */
  readonly halfEvidence: number;
  /** Points of rest after an alarm, and after the last unusual point in the rest. */
  readonly restPoints: number;
  readonly prolongedPoints: number;
  /** Part by which each past alarm raises the evidence needed. */
  readonly habituation: number;
  /** Points and days after which a past alarm counts 1/e: the longer of both. */
  readonly habituationPoints: number;
  readonly habituationDays: number;
}

/** The parameters of every `Detector`. */
export const PARAMETERS: Parameters = {
  warmUpPoints: 150,
  cautionSeconds: 43_200,
  cautionAmount: 1.3,
  rateWindow: 10,
  seasonWindow: 10,
  shiftWindow: 5,
  dispersionWindow: 50,
  levelWindow: 20,
  memoryPoints: 6_400,
  clipDeviations: 6,
  seasonMemorySeconds: 14_400,
  tailStart: 2,
  tailPrior: 3,
  tailPriorPoints: 40,
  tailFloor: 0.85,
  tailLimit: 40,
  tailMemoryPoints: 200,
  shareMemoryPoints: 4_000,
  recordMargin: 2,
  recordFactor: 0.7,
  intervalWeight: 2,
  halfEvidence: 7,
  restPoints: 130,
  prolongedPoints: 50,
  habituation: 0.6,
  habituationPoints: 3_000,
  habituationDays: 10,
};
