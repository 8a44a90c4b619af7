export interface Absence extends Keyed { readonly kind: "absence"; readonly event: string | EventPattern;
  readonly after?: string | EventPattern; readonly within: RuleDuration; }
export interface Alert { readonly name: string; readonly state: AlertState;
  readonly labels: Readonly<Record<string, string>>; readonly annotations: Readonly<Record<string, string>>;
  readonly value: number; readonly activeAt: number; readonly firedAt?: number; readonly resolvedAt?: number;
  readonly correlated?: readonly Correlated[]; }
export type AlertMatchers = string | readonly (string | Matcher)[];
export interface AlertOptions extends DeliveryOptions { readonly rules?: readonly (string | RuleGroup)[] | undefined;
  readonly monitors?: MonitorOptions | undefined; readonly slo?: readonly (Slo | Budget)[] | undefined;
  readonly sequences?: readonly (string | SequenceRule)[] | undefined; readonly directory?: string | undefined;
  readonly missingData?: MissingData | undefined; }
export type AlertState = "pending" | "firing" | "resolved";
export interface AlertingRule { readonly alert: string; readonly expr: string; readonly for?: RuleDuration;
  readonly keep_firing_for?: RuleDuration; readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>; }
export interface AlertmanagerOptions { readonly type: "alertmanager"; readonly name?: string | undefined;
  readonly url: string; readonly headers?: Readonly<Record<string, string>> | undefined; }
export class Alerts { active(): readonly Alert[]; rules(): readonly RuleState[];
  silence(matchers: AlertMatchers, options: SilenceOptions): () => void; silences(): readonly Silence[];
  on(listener: (alert: Alert) => unknown): () => void; test(): Promise<DeliveryReport[]>; exportRules(): string; }
export interface BacktestRange { readonly from: Time; readonly to: Time; readonly interval?: number | undefined;
  readonly signal?: AbortSignal | undefined; readonly onProgress?: ((share: number) => void) | undefined; }
export interface Budget { readonly name: string; readonly budget: number; readonly spent: string;
  readonly window?: string | number; }
export interface Compared<Operator extends string, Value> { readonly field: string; readonly is: Operator;
  readonly value: Value; }
export interface Count extends Keyed { readonly kind: "count"; readonly event: string | EventPattern;
  readonly at_least: number; readonly within: RuleDuration; }
export interface DeliveryOptions { readonly receivers?: readonly ReceiverOptions[] | undefined;
  readonly route?: RouteOptions | undefined; readonly inhibit?: readonly InhibitOptions[] | undefined;
  readonly muteTimes?: readonly MuteTimeOptions[] | undefined; readonly interval?: number | undefined; }
export interface DeliveryReport { readonly receiver: string; readonly delivered: boolean;
  readonly response?: string | undefined; readonly durationSeconds: number; readonly reason?: string | undefined; }
export interface Distinct extends Keyed { readonly kind: "distinct"; readonly field: string;
  readonly event: string | EventPattern; readonly at_least: number; readonly within: RuleDuration; }
export interface EmailOptions { readonly type: "email"; readonly name?: string | undefined; readonly smtp: string;
  readonly from: string; readonly to: string | readonly string[]; }
export type EventCondition = Compared<"=" | "!=", FieldValue> | Compared<"<" | "<=" | ">" | ">=", number> |
    Compared<"=~" | "!~", string> | Compared<"in", readonly FieldValue[]> | {
  readonly field: string; readonly is: "exists"; };
export interface EventPattern { readonly type?: string; readonly where?: readonly EventCondition[]; }
export interface EventReference { readonly event_id: string; readonly event_type: string; readonly source: string;
  readonly timestamp: string; }
export type EventSequence = FollowedBy | Absence | Count | Distinct;
export type FieldValue = string | number | boolean;
export interface Firing { readonly group: string; readonly rule: string;
  readonly labels: Readonly<Record<string, string>>; readonly annotations: Readonly<Record<string, string>>;
  readonly activeAt: number; readonly firedAt: number; readonly resolvedAt: number | undefined; readonly peak: number; }
export interface FollowedBy extends Keyed { readonly kind: "sequence"; readonly steps: readonly SequenceStep[];
  readonly within: RuleDuration; readonly max_gap?: RuleDuration; }
export interface InhibitOptions { readonly source: AlertMatchers; readonly target: AlertMatchers;
  readonly equal?: readonly string[] | undefined; }
export interface LocalReceiverOptions { readonly type: "log" | "console"; readonly name?: string | undefined; }
export interface MatchStoredOptions { readonly until?: number | undefined; readonly from?: number | undefined; }
export type MissingData = "hold" | "resolve" | "alert";
export type MonitorOptions = boolean | Readonly<Record<string, boolean | object>>;
export interface MuteTimeOptions { readonly weekdays?: readonly string[] | undefined;
  readonly months?: readonly string[] | undefined; readonly times?: readonly string[] | undefined;
  readonly location?: string | undefined; }
export interface Notification { readonly id: string; readonly groupKey: string;
  readonly groupLabels: Readonly<Record<string, string>>; readonly alerts: readonly Alert[];
  readonly timeUnixMillis: number; }
export interface PagerDutyOptions { readonly type: "pagerduty"; readonly name?: string | undefined;
  readonly routingKey: string; readonly url?: string | undefined; }
export interface Problem { readonly file: string; readonly line?: number; readonly group?: string;
  readonly rule?: string; readonly message: string; }
export type ReceiverOptions = AlertmanagerOptions | WebhookOptions | SlackOptions | PagerDutyOptions | EmailOptions |
    LocalReceiverOptions | ((alert: Alert) => unknown);
export interface RecordingRule { readonly record: string; readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>; }
export interface RouteOptions { readonly groupBy?: readonly string[] | undefined;
  readonly groupWait?: number | undefined; readonly groupInterval?: number | undefined;
  readonly repeatInterval?: number | undefined; }
export type Rule = AlertingRule | RecordingRule;
export type RuleDuration = string | number;
export interface RuleGroup { readonly name: string; readonly interval?: RuleDuration; readonly limit?: number;
  readonly query_offset?: RuleDuration; readonly experimental?: boolean;
  readonly labels?: Readonly<Record<string, string>>; readonly rules: readonly Rule[]; }
export interface RuleState { readonly kind: "alerting" | "recording"; readonly name: string; readonly group: string;
  readonly file: string; readonly query: string; readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>; readonly forSeconds: number;
  readonly keepFiringForSeconds: number; readonly state: "inactive" | "pending" | "firing";
  readonly alerts: readonly Alert[]; readonly health: "unknown" | "ok" | "err"; readonly lastError: string | undefined;
  readonly lastEvaluation: number | undefined; readonly evaluationSeconds: number; }
export class RulesError extends Error { readonly name = "RulesError"; readonly code = "TACHYMETER_RULES";
  readonly problems: readonly Problem[]; constructor(problems: readonly Problem[]); }
export interface SequenceAlertRule { readonly alert: string; readonly when: string | EventSequence;
  readonly keep_firing_for?: RuleDuration; readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>; }
export class SequenceError extends Error { readonly name = "SequenceError"; readonly code = "TACHYMETER_SEQUENCE";
  readonly position: number | undefined; constructor(message: string, position?: number); }
export interface SequenceEventRule { readonly event: string; readonly when: string | EventSequence;
  readonly labels?: Readonly<Record<string, string>>; }
export interface SequenceMatch { readonly rule: string; readonly key: Readonly<Record<string, string>>;
  readonly events: readonly EventReference[]; readonly firstTime: number; readonly lastTime: number;
  readonly count: number; }
export type SequenceRule = SequenceAlertRule | SequenceEventRule;
export interface SequenceStep { readonly event: string | EventPattern;
  readonly without?: readonly (string | EventPattern)[]; }
export interface Silence { readonly id: string; readonly matchers: readonly Matcher[];
  readonly startsAtUnixMillis: number; readonly endsAtUnixMillis: number; readonly comment: string; }
export interface SilenceOptions { readonly until: Date | string | number; readonly comment: string; }
export interface SlackOptions { readonly type: "slack"; readonly name?: string | undefined; readonly url: string; }
export interface Slo { readonly name: string; readonly objective: number; readonly good: string; readonly total: string;
  readonly window?: string | number; readonly minimumErrors?: number; }
export interface WebhookOptions { readonly type: "webhook"; readonly name?: string | undefined; readonly url: string;
  readonly secret?: string | undefined; readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly template?: string | object | ((notification: Notification) => unknown) | undefined; }
export function backtest(rules: readonly (string | RuleGroup)[], source: Source, range: BacktestRange): Promise<readonly
    Firing[]>;
export function checkRules(file: string): Problem[];
export function exportRules(groups: readonly RuleGroup[]): string;
export function formatSequence(sequence: EventSequence): string;
export function matchStored(rules: readonly SequenceRule[] | readonly CheckedSequenceRule[], events:
    AsyncIterable<TelemetryEvent>, options?: MatchStoredOptions): AsyncGenerator<SequenceMatch, void, undefined>;
export function monitorGroups(options?: MonitorOptions): readonly RuleGroup[];
export function parseSequence(text: string): EventSequence;
export function readSequenceFile(file: string): readonly SequenceRule[];
export function sloGroups(slo: readonly (Slo | Budget)[]): readonly RuleGroup[];

// Not exported, but named above
export interface CheckedSequenceRule { readonly name: string; readonly effect: "alert" | "event";
  readonly sequence: EventSequence; readonly id: string; readonly keepFiringMillis: number;
  readonly labels: Readonly<Record<string, string>>; readonly annotations: Readonly<Record<string, string>>; }
interface Keyed { readonly by?: readonly string[]; }
