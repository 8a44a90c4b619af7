export interface AnomalyOptions extends DetectorOptions { readonly series?: readonly string[];
  readonly maxSeries?: number; }
export interface Correlated { readonly metric: string; readonly labels: Readonly<Record<string, string>>;
  readonly component: string; readonly isWeak: boolean; readonly strength: number; readonly explains?: number;
  readonly direction: "up" | "down" | "wider" | "narrower"; readonly factor: number; readonly leadSeconds: number; }
export interface CorrelatedPair { readonly first: number; readonly second: number; readonly coefficient: number; }
export interface CorrelationMatrix { readonly series: readonly MatrixSeries[];
  readonly coefficients: readonly (readonly number[])[]; readonly pairs: readonly CorrelatedPair[];
  readonly isPartial: boolean; }
export interface CorrelationQuestion { readonly source: Source; readonly metric: string; readonly from: Time;
  readonly to: Time; readonly maxResults?: number | undefined; readonly calls?: Calls | undefined;
  readonly signal?: AbortSignal | undefined; }
export class Detector { constructor(options?: DetectorOptions);
  static from(state: Uint8Array, options?: DetectorOptions): Detector;
  push(time: number, value: number): Verdict | undefined; get overdueAt(): number | undefined; state(): Uint8Array; }
export type DetectorName = "level" | "season" | "forecast" | "flat" | "missing";
export interface DetectorOptions { readonly falseAlarmsPerDay?: number; readonly sensitivity?: Sensitivity; }
export interface MatrixQuestion { readonly source: Source; readonly series: readonly string[]; readonly from: Time;
  readonly to: Time; }
export interface MatrixSeries { readonly metric: string; readonly labels: Labels; }
export type Sensitivity = "low" | "normal" | "high";
export interface Verdict { readonly score: number; readonly anomalous: boolean;
  readonly expected: readonly [low: number, high: number]; readonly detector: DetectorName | undefined; }
export function correlate(question: CorrelationQuestion): Promise<Correlated[]>;
export function correlationMatrix(question: MatrixQuestion): Promise<CorrelationMatrix>;

// Not exported, but named above
export type Calls = Readonly<Record<string, readonly string[]>>;
