// Documents of `/api/v1/rules` and `/api/v1/alerts`, in Prometheus' form.
import { labelsTest } from "../../query/evaluation/matchers.ts";
import { ApiError, invalidParameter } from "../../query/http/api-error.ts";
import type { Parameters } from "../../query/http/parameters.ts";
import { parse } from "../../query/syntax/parse.ts";
import type { Alert } from "../alert.ts";
import type { GroupState, RuleState } from "../evaluation/rule-state.ts";

const TYPES: Readonly<Record<string, RuleState["kind"] | undefined>> = {
  alert: "alerting",
  record: "recording",
};
const NEVER = "0001-01-01T00:00:00Z";

/** The data of `/api/v1/rules`. */
interface RulesDocument {
  readonly groups: readonly Readonly<Record<string, unknown>>[];
  readonly groupNextToken?: string;
}

/**
 * The data of `/api/v1/rules`: groups with their rules.
 *
 * @throws ApiError if a parameter is invalid.
 */
export function rulesDocument(groups: readonly GroupState[], parameters: Parameters): RulesDocument {
  const isAsked = ruleTest(parameters);
  const hasAlerts = !isTrue(parameters.get("exclude_alerts") ?? "", "exclude_alerts");
  const names = new Set([...parameters.getAll("rule_group"), ...parameters.getAll("rule_group[]")]);
  const files = new Set([...parameters.getAll("file"), ...parameters.getAll("file[]")]);
  const asked = groups.filter(
    ({ name, file }) => (names.size === 0 || names.has(name)) && (files.size === 0 || files.has(file)),
  );
  const filters = ["type", "rule_name", "rule_name[]", "match[]"];
  const isFiltered = filters.some((name) => parameters.getAll(name).length > 0);
  const [page, next] = pageOf(asked, parameters);
  return {
    groups: page.flatMap((group) => {
      const rules = group.rules.filter(isAsked).map((rule) => ruleDocument(rule, hasAlerts));
      return isFiltered && rules.length === 0 ? [] : [groupDocument(group, rules)];
    }),
    ...(next !== undefined && { groupNextToken: next }),
  };
}

/** The data of `/api/v1/alerts`. */
export interface AlertsDocument {
  readonly alerts: readonly AlertDocument[];
}

/** An alert as Prometheus serves it. */
export type AlertDocument = Pick<Alert, "labels" | "annotations" | "state"> & {
  readonly activeAt: string;
  readonly value: string;
  /** Ids of the silences that apply, as Alertmanager names them. Prometheus does not know silences. */
  readonly silencedBy?: readonly string[];
};

/** The data of `/api/v1/alerts`: pending and firing alerts. */
export function alertsDocument(
  alerts: readonly Alert[],
  silencesOf: (labels: Alert["labels"]) => readonly string[],
): AlertsDocument {
  return {
    alerts: alerts.map((alert) => {
      const silencedBy = silencesOf(alert.labels);
      return { ...alertDocument(alert), ...(silencedBy.length > 0 && { silencedBy }) };
    }),
  };
}

function groupDocument(group: GroupState, rules: readonly object[]): Readonly<Record<string, unknown>> {
  const { name, file, interval, limit, evaluationSeconds, lastEvaluation } = group;
  return {
    name,
    file,
    rules,
    interval,
    limit,
    evaluationTime: evaluationSeconds,
    lastEvaluation: timeText(lastEvaluation),
  };
}

function ruleDocument(rule: RuleState, hasAlerts: boolean): object {
  const { kind, name, query, labels, annotations, health, lastError, state } = rule;
  const common = {
    health,
    // The specification of alert generators asks for a text unless the health is "ok".
    ...(health !== "ok" && { lastError: lastError ?? "not evaluated yet" }),
    evaluationTime: rule.evaluationSeconds,
    lastEvaluation: timeText(rule.lastEvaluation),
    type: kind,
  };
  if (kind === "recording") return { name, query, labels, ...common };
  return {
    state,
    name,
    query,
    duration: rule.forSeconds,
    keepFiringFor: rule.keepFiringForSeconds,
    labels,
    annotations,
    alerts: hasAlerts ? rule.alerts.map(alertDocument) : [],
    ...common,
  };
}

function alertDocument({ labels, annotations, state, activeAt, value }: Alert): AlertDocument {
  return { labels, annotations, state, activeAt: timeText(activeAt), value: exponentText(value) };
}

function ruleTest(parameters: Parameters): (rule: RuleState) => boolean {
  const type = (parameters.get("type") ?? "").toLowerCase();
  if (type !== "" && TYPES[type] === undefined)
    throw new ApiError("bad_data", `not supported value ${JSON.stringify(type)}`);
  const names = new Set([...parameters.getAll("rule_name"), ...parameters.getAll("rule_name[]")]);
  const tests = parameters.getAll("match[]").map(labelsTestOf);
  return ({ kind, name, labels }) =>
    (type === "" || kind === TYPES[type]) &&
    (names.size === 0 || names.has(name)) &&
    (tests.length === 0 || tests.some((test) => test(labels)));
}

function labelsTestOf(text: string): (labels: Readonly<Record<string, string>>) => boolean {
  const expression = parse(text);
  if (expression.kind !== "selector") throw invalidParameter("match[]", 'write a selector such as {job="a"}');
  return labelsTest(expression.matchers);
}

// A page of groups, and the token of the next one: the name and file of the last group.
function pageOf(
  groups: readonly GroupState[],
  parameters: Parameters,
): readonly [page: readonly GroupState[], next: string | undefined] {
  const limit = parameters.get("group_limit") ?? "";
  const token = parameters.get("group_next_token") ?? "";
  if (limit === "") {
    if (token !== "")
      throw invalidParameter(
        "group_limit",
        "group_limit needs to be present in order to paginate over the groups",
      );
    return [groups, undefined];
  }
  if (!/^[1-9]\d{0,8}$/.test(limit))
    throw invalidParameter("group_limit", "group_limit needs to be a valid number of 1 or more");
  const start = token === "" ? 0 : groups.findIndex((group) => tokenOf(group) === token) + 1;
  if (token !== "" && start === 0)
    throw invalidParameter("group_next_token", "there is no such group; begin without the token");
  const page = groups.slice(start, start + Number(limit));
  const last = page.at(-1);
  return [page, last !== undefined && start + page.length < groups.length ? tokenOf(last) : undefined];
}

function tokenOf({ file, name }: GroupState): string {
  return Buffer.from(JSON.stringify([file, name])).toString("base64url");
}

function isTrue(text: string, name: string): boolean {
  if (/^(?:|0|f|false)$/i.test(text)) return false;
  if (/^(?:1|t|true)$/i.test(text)) return true;
  throw invalidParameter(name, `cannot parse ${JSON.stringify(text)} as a boolean; write true or false`);
}

function timeText(seconds: number | undefined): string {
  return seconds === undefined ? NEVER : new Date(seconds * 1_000).toISOString();
}

// As Go's `%e` with the shortest digits: `1e+00`.
function exponentText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
}
