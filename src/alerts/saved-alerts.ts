// Alerts in the folder of an application, which may run or have ended.
import { join } from "node:path";
import { NewerFileError } from "../io/files/file-version.ts";
import { isAbsent, readTextSync } from "../io/files/open-file.ts";
import { isObject } from "../options/check.ts";
import { labelsTest } from "../query/evaluation/matchers.ts";
import type { Alert } from "./alert.ts";
import { savedGroupsFrom } from "./evaluation/saved-groups.ts";
import { Silences } from "./delivery/index.ts";
import { keyOf } from "./sequences/field.ts";
import { parseSequence } from "./sequences/check-sequence.ts";
import { savedSequencesFrom } from "./sequences/saved-sequences.ts";

const SHARED: ReadonlySet<string> = new Set(["job", "instance"]);

/**
 * Pending and firing alerts as their application last saved them: of rules, and of sequences of events without
 * annotations. Empty if it saved none.
 *
 * @throws Error if a file is damaged or cannot be read.
 */
export function savedAlerts(directory: string): readonly Alert[] {
  return [
    ...alertsIn(join(directory, "alerts.json"), alertsOfRules),
    ...alertsIn(join(directory, "sequences.json"), alertsOfSequences),
  ];
}

/**
 * The silences of an application's folder that apply now: their ids, by an alert's labels. Saved alerts of rules have no labels `job`
 * and `instance`, which all alerts of one process share.
 */
export function savedSilences(directory: string): (labels: Alert["labels"]) => readonly string[] {
  const silences = new Silences(() => Date.now(), directory);
  silences.look();
  const active = silences.active();
  return (labels) =>
    active
      .filter(({ matchers }) =>
        labelsTest(matchers.filter(({ label }) => !SHARED.has(label) || label in labels))(labels),
      )
      .map(({ id }) => id);
}

function alertsIn(path: string, read: (text: string) => readonly Alert[]): readonly Alert[] {
  let text: string;
  try {
    text = readTextSync(path);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
  try {
    return read(text);
  } catch (cause) {
    const state = cause instanceof NewerFileError ? cause.message : "is damaged";
    throw new Error(`"${path}" ${state}; specify the URL of the application`, { cause });
  }
}

function alertsOfRules(text: string): readonly Alert[] {
  return savedGroupsFrom(text).flatMap(({ rules }) =>
    rules.flatMap(({ alerts }) =>
      alerts.flatMap(({ state, labels, annotations, value, activeAt }) =>
        state === "inactive"
          ? []
          : [
              {
                name: labels["alertname"] ?? "",
                state,
                labels,
                annotations,
                value,
                activeAt: activeAt / 1_000,
              },
            ],
      ),
    ),
  );
}

function alertsOfSequences(text: string): readonly Alert[] {
  return savedSequencesFrom(text).rules.filter(isObject).flatMap(alertsOfSequence);
}

// The identity of a rule holds its name, text and labels; an alert in the file holds its key, value and times.
function alertsOfSequence({ id, alerts }: Readonly<Record<string, unknown>>): readonly Alert[] {
  const [effect, name, text, labels]: unknown[] = JSON.parse(String(id));
  if (effect !== "alert" || typeof name !== "string" || !Array.isArray(alerts)) return [];
  const keys = keyOf(parseSequence(String(text)).by ?? []);
  const own: Readonly<Record<string, unknown>> = Array.isArray(labels) ? Object.fromEntries(labels) : {};
  return alerts.flatMap((given: unknown) => {
    const [key, , value, activeAt, , resolvedAt]: unknown[] = Array.isArray(given) ? given : [];
    if (resolvedAt !== null || typeof key !== "string" || typeof activeAt !== "number") return [];
    const texts = Object.entries(own).map(([label, each]) => [label, String(each)] as const);
    const all = { ...keys.labels(key), ...Object.fromEntries(texts), alertname: name };
    return [{ name, state: "firing", labels: all, annotations: {}, value: Number(value), activeAt }];
  });
}
