// Checks of rules over sequences of events.
import { type Check, isObject, text, texts } from "../../options/check.ts";
import { type Parser, Section } from "../../options/parser.ts";
import { checkedSequence } from "./check-sequence.ts";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { Template, templateRemedy } from "../templates/template.ts";
import { DURATION } from "./duration.ts";
import { formatSequence } from "./format.ts";
import type { EventSequence, SequenceRule } from "./rule.ts";
import { SequenceError } from "./tokens.ts";
import { readSequence } from "./syntax.ts";

/** A checked rule. */
export interface CheckedSequenceRule {
  /** Name of the alert, or type of the event. */
  readonly name: string;
  /** Effect of a match. */
  readonly effect: "alert" | "event";
  readonly sequence: EventSequence;
  /** Identity of the rule: its partial matches survive a restart if it is the same. */
  readonly id: string;
  /** `Infinity` until the event that was missing occurs. */
  readonly keepFiringMillis: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const MAX_RULES = 1_000;
const DEFAULT_KEEP_FIRING_MILLIS = 300_000;

const LABELS: Check<Readonly<Record<string, string>>> = {
  must: "be an object of strings, without the names alertname, __name__ and an empty one",
  read: (value) => {
    const names = Object.keys(texts.read(value) ?? {});
    const isName = (name: string): boolean =>
      name.isWellFormed() && !["", "alertname", "__name__"].includes(name);
    return names.every(isName) ? texts.read(value) : undefined;
  },
};

/** Rules over sequences of events, parsed once: by `start()` or by the constructor of `Sequences`. */
export const SEQUENCES: Section<readonly CheckedSequenceRule[]> = new Section(
  "sequences",
  // A constructor has the rules as its argument, `start()` in an option.
  (parser, given, place) => checkedRules(parser, given, place === "options" ? "sequences" : place),
);

function checkedRules(parser: Parser, given: unknown, place: string): readonly CheckedSequenceRule[] {
  if (Array.isArray(given) && given.length <= MAX_RULES)
    return distinctRules(
      parser,
      given.map((each, i) => checkedRule(parser, each, `${place}[${i}]`)),
      place,
    );
  parser.problem(place, given, `be an array of at most ${MAX_RULES} rules`);
  return [];
}

/** The rules of all lists as one list. Adds a problem for each rule that occurs twice. */
export function joinedRules(
  parser: Parser,
  lists: readonly (readonly CheckedSequenceRule[])[],
): readonly CheckedSequenceRule[] {
  const rules = lists.flat();
  if (rules.length > MAX_RULES) return SEQUENCES.parse(parser, rules, "sequences");
  return SEQUENCES.settled(distinctRules(parser, rules, "sequences"));
}

function distinctRules(
  parser: Parser,
  rules: readonly (CheckedSequenceRule | undefined)[],
  place: string,
): readonly CheckedSequenceRule[] {
  const byId = new Map<string, CheckedSequenceRule>();
  for (const [i, rule] of rules.entries()) {
    if (rule === undefined) continue;
    const must = "differ from the rules before it in its name, text or labels";
    if (byId.has(rule.id)) parser.problem(`${place}[${i}]`, rule.name, must);
    else byId.set(rule.id, rule);
  }
  return [...byId.values()];
}

function checkedRule(parser: Parser, given: unknown, place: string): CheckedSequenceRule | undefined {
  if (!isObject(given)) return parser.problem(place, given, "be an object with alert or event, and when");
  const effect = given["event"] === undefined ? "alert" : "event";
  if (effect === "event" && given["alert"] !== undefined)
    return parser.problem(place, given["alert"], "have alert or event, not both");
  const ofAlerts = effect === "alert" ? ["keep_firing_for", "annotations"] : [];
  parser.refuseUnknown(`${place}.`, given, [effect, "when", "labels", ...ofAlerts]);
  const name = parser.checked(`${place}.${effect}`, given[effect], text);
  const sequence = checkedWhen(parser, given["when"], `${place}.when`);
  const labels = parser.optional(`${place}.labels`, given["labels"], LABELS) ?? {};
  const annotations = parser.optional(`${place}.annotations`, given["annotations"], texts) ?? {};
  const keepFiringSeconds = parser.optional(`${place}.keep_firing_for`, given["keep_firing_for"], DURATION);
  if (name === undefined || sequence === undefined) return undefined;
  const labelEntries = Object.entries(labels).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return {
    name,
    effect,
    sequence,
    id: JSON.stringify([effect, name, formatSequence(sequence), labelEntries]),
    keepFiringMillis:
      keepFiringSeconds === undefined ? defaultKeepFiringMillis(sequence) : keepFiringSeconds * 1_000,
    labels,
    annotations,
  };
}

/** The labels and annotations of a rule that are templates. */
export function templateTexts({ labels, annotations }: CheckedSequenceRule): readonly string[] {
  return [...Object.values(labels), ...Object.values(annotations)].filter((each) => each.includes("{{"));
}

/** Adds a problem for each text that is not a valid template. */
export function refuseTemplates(parser: Parser, rules: readonly CheckedSequenceRule[], place: string): void {
  for (const rule of rules)
    for (const template of templateTexts(rule)) {
      try {
        void new Template(template, rule.name);
      } catch (error) {
        const must = `have valid templates (${errorMessage(error)}; ${templateRemedy(error)})`;
        parser.problem(place, template, must);
      }
    }
}

/** The rule that was checked, as an option. */
export function ruleFrom(rule: CheckedSequenceRule): SequenceRule {
  const { name, effect, sequence: when, keepFiringMillis, labels, annotations } = rule;
  if (effect === "event") return { event: name, when, labels };
  const isLimited = keepFiringMillis !== Infinity;
  const keepFiring = isLimited ? { keep_firing_for: keepFiringMillis / 1_000 } : {};
  return { alert: name, when, ...keepFiring, labels, annotations };
}

function checkedWhen(parser: Parser, given: unknown, place: string): EventSequence | undefined {
  if (typeof given !== "string") return checkedSequence(parser, given, place);
  try {
    return checkedSequence(parser, readSequence(given), place);
  } catch (error) {
    if (!(error instanceof SequenceError)) throw error;
    return parser.problem(place, given, `be a sequence of events (${error.message})`);
  }
}

// An absence lasts until the event occurs. Everything else has happened once.
function defaultKeepFiringMillis(sequence: EventSequence): number {
  const isLasting = sequence.kind === "absence" && sequence.after === undefined;
  return isLasting ? Infinity : DEFAULT_KEEP_FIRING_MILLIS;
}
