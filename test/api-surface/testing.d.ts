export interface InputSeries { readonly series: string; readonly values: string; }
export interface LintFinding { readonly metric: string; readonly scope: string; readonly rule: LintRule;
  readonly message: string; }
export type LintRule = "name-syntax" | "name-style" | "name-total" | "name-unit" | "name-kind" | "unit-missing" |
    "unit-unknown" | "description-missing" | "attribute-key" | "cardinality";
export interface MetricExpectation extends Promise<RecordedValue> { toBe(expected: number): MetricExpectation;
  toHaveCount(expected: number): MetricExpectation; toHaveSum(expected: number): MetricExpectation; }
export type MetricKind = "counter" | "upDownCounter" | "gauge" | "histogram";
export interface RecordedHistogram { readonly count: number; readonly sum: number | undefined;
  readonly min: number | undefined; readonly max: number | undefined; }
export interface RecordedMetric extends MetricIdentity { readonly prometheusName: string;
  readonly series: readonly RecordedSeries[]; }
export interface RecordedSeries { readonly attributes: Attributes; readonly value: RecordedValue; }
export type RecordedValue = number | RecordedHistogram;
export interface RuleTestFailure { readonly test: string; readonly evalTime: number; readonly subject: string;
  readonly message: string; }
export interface TestGroup extends TestTelemetry { readonly members: readonly TestGroupMember[]; }
export interface TestGroupMember extends Facades { readonly meterProvider: MeterProvider;
  readonly leave: () => Promise<void>; }
export interface TestTelemetry extends Facades, AsyncDisposable { readonly meterProvider: MeterProvider;
  readonly collect: () => Promise<readonly RecordedMetric[]>;
  readonly value: (name: string, attributes?: Attributes) => Promise<RecordedValue | undefined>;
  readonly expectMetric: (name: string, attributes?: Attributes) => MetricExpectation;
  readonly lint: () => Promise<readonly LintFinding[]>; readonly shutdown: () => Promise<void>; }
export type TestTelemetryOptions = Pick<MeterProviderOptions, "views" | "cardinalityLimit">;
export function createTestGroup(members: number, options?: TestTelemetryOptions): TestGroup;
export function createTestTelemetry(options?: TestTelemetryOptions): TestTelemetry;
export function evaluateRules(file: string, series?: readonly InputSeries[]): Promise<readonly RuleTestFailure[]>;

// Not exported, but named above
export interface MetricIdentity { readonly scope: string; readonly name: string; readonly kind: MetricKind;
  readonly unit: string; readonly description: string; }
