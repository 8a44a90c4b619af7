export class Detector { constructor(options?: DetectorOptions);
  static from(state: Uint8Array, options?: DetectorOptions): Detector;
  push(time: number, value: number): Verdict | undefined; get overdueAt(): number | undefined; state(): Uint8Array; }
export type DetectorName = "level" | "dispersion" | "season" | "forecast" | "rate" | "flat" | "missing";
export interface DetectorOptions { readonly sensitivity?: "low" | "normal" | "high"; }
export interface Verdict { readonly score: number; readonly anomalous: boolean;
  readonly expected: readonly [low: number, high: number]; readonly detector: DetectorName | undefined; }
