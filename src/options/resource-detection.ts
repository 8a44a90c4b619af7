import { check, type Checks, isObject } from "./check.ts";
import type { Parser } from "./parser.ts";

/** Groups of detected attributes. */
export const DETECTORS = ["container", "host", "os", "process", "service"] as const;
export type Detector = (typeof DETECTORS)[number];

/** Option `resourceDetection`. */
export interface ResourceDetection {
  /** @defaultValue all but `container` */
  readonly detectors?: readonly Detector[] | undefined;
  /** Names of the detected attributes that are kept, with wildcards. @defaultValue all */
  readonly included?: readonly string[] | undefined;
  /** Names of the detected attributes that are left out, with wildcards. @defaultValue none */
  readonly excluded?: readonly string[] | undefined;
}

const NAMES = check(
  "be a list of names of attributes",
  (value): value is readonly string[] =>
    Array.isArray(value) && value.every((each) => typeof each === "string" && each !== ""),
);
const CHECKS: Checks<ResourceDetection> = {
  detectors: check(
    `be a list with entries from ${DETECTORS.join(", ")}`,
    (value): value is readonly Detector[] =>
      Array.isArray(value) && value.every((each) => DETECTORS.some((name) => name === each)),
  ),
  included: NAMES,
  excluded: NAMES,
};

/** Parses option `resourceDetection`: `false`, or an object. */
export function resourceDetectionFromStart(parser: Parser): ResourceDetection {
  const given = parser.options["resourceDetection"];
  if (given === undefined) return {};
  if (given === false) return { detectors: [] };
  if (isObject(given)) return parser.fields("resourceDetection", given, CHECKS);
  parser.problem("resourceDetection", given, 'be false or an object such as { detectors: ["process"] }');
  return {};
}
