/**
 * Parameters of the streaming detectors. One set serves all series. `npm run bench:anomalies` shows the accuracy with each
 * of them changed by 10 %.
 */
export interface Parameters {
  /** Points before the first verdict. It is twice as cautious at first, as if `warmUpPoints / points` alarms were known. */
  readonly warmUpPoints: number;
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
  /** Largest z²/2 from which the tail is learned, so that one outlier does not make the detector blind. */
  readonly tailLimit: number;
  /** Points of the tail that it remembers, and points for the share of points in the tail. */
  readonly tailMemoryPoints: number;
  readonly shareMemoryPoints: number;
  /** Evidence that each detector must have in addition, for each factor of ten by which points are denser than 5 minutes. */
  readonly intervalWeight: number;
  /** Sum of the detectors' evidence at which the score is 0.5. */
  readonly halfEvidence: number;
  /** Points of rest after an alarm. */
  readonly restPoints: number;
  /** Part by which each past alarm raises the evidence needed, and the points after which it counts 1/e. */
  readonly habituation: number;
  readonly habituationPoints: number;
}

/** The parameters of every `Detector`. */
export const PARAMETERS: Parameters = {
  warmUpPoints: 150,
  rateWindow: 10,
  seasonWindow: 10,
  shiftWindow: 5,
  dispersionWindow: 50,
  levelWindow: 30,
  memoryPoints: 6_400,
  clipDeviations: 6,
  seasonMemorySeconds: 14_400,
  tailStart: 2,
  tailPrior: 3,
  tailPriorPoints: 40,
  tailFloor: 0.85,
  tailLimit: 30,
  tailMemoryPoints: 200,
  shareMemoryPoints: 4_000,
  intervalWeight: 1.5,
  halfEvidence: 8,
  restPoints: 130,
  habituation: 0.6,
  habituationPoints: 3_000,
};
