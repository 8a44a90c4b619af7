// Scores of learned models, with the meaning of those of `Detector`.

/**
 * Score of a probability: `e / (e + needed)`, with the evidence `e = -log10(probability)`. It is 0.5 at the probability at which
 * the model alarms.
 */
export function learnedScore(probability: number, alarmProbability: number): number {
  // 1e-300 stands for all smaller ones.
  const evidence = -Math.log10(Math.max(1e-300, probability));
  return evidence / (evidence - Math.log10(alarmProbability));
}
