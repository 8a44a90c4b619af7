/** Parameters of the streaming detectors. One set serves all series. `README.md` has the reason of each. */
export interface Parameters {
  /** Points before the first verdict. */
  readonly warmUpPoints: number;
  /** Age up to which a series needs twice the evidence above the start of the tail. Later it needs less. */
  readonly cautionSeconds: number;
  /** Points of the window of each detector. */
  readonly seasonWindow: number;
  readonly forecastWindow: number;
  readonly levelWindow: number;
  /** Points after which a statistic's past counts 1/e. */
  readonly memoryPoints: number;
  /** Largest distance that is learned, in its usual sizes. */
  readonly clipDeviations: number;
  /** Seconds within one hour of the day after which its past mean counts 1/e: 4 h are four days. */
  readonly seasonMemorySeconds: number;
  /** Standard deviations at which the tail of a statistic begins. */
  readonly tailStart: number;
  /** Excess of the tail assumed before any was seen, in units of z²/2, and its weight in points of the tail. */
  readonly tailPrior: number;
  readonly tailPriorPoints: number;
  /** Largest z²/2 from which the tail is learned. Up to 1 minute between points a larger one counts no more than this. */
  readonly tailLimit: number;
  /** Sum of the detectors' evidence at which an episode begins. */
  readonly episodeStart: number;
  /** Episodes that the assumed tail of the sum is worth. */
  readonly episodePrior: number;
  /** Points below `episodeStart` that end an episode. */
  readonly episodeEndPoints: number;
  /** Seconds after which an episode counts 1/e. */
  readonly episodeMemorySeconds: number;
}

/** The parameters of every `Detector`. */
export const PARAMETERS: Parameters = {
  warmUpPoints: 150,
  cautionSeconds: 43_200,
  seasonWindow: 5,
  forecastWindow: 10,
  levelWindow: 20,
  memoryPoints: 6_400,
  clipDeviations: 6,
  seasonMemorySeconds: 14_400,
  tailStart: 2,
  tailPrior: 3,
  tailPriorPoints: 40,
  tailLimit: 50,
  episodeStart: 3,
  episodePrior: 10,
  episodeEndPoints: 130,
  episodeMemorySeconds: 2_592_000,
};
