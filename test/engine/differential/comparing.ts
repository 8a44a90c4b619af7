// Compares the collections of two providers.
import type { Collection } from "./collection.ts";
import { downscaled, type ExponentialBuckets, isExponential } from "./downscaled.ts";

/** The differences of the collections, a line each; empty if they are equal. Sums may differ by rounding. */
export function differencesBetween(expected: Collection, actual: Collection, magnitude: number): string[] {
  return keysOf(expected, actual).flatMap((key) => {
    const [left, right] = [expected.get(key), actual.get(key)];
    if (left === undefined || right === undefined) return [`${key}: ${left ? "missing" : "not expected"}`];
    return [
      ...valueDifferences(`${key} said`, left.said, right.said, 0),
      ...keysOf(left.points, right.points).flatMap((point) => {
        const path = `${key} ${point}`;
        if (!left.points.has(point)) return [`${path}: not expected, ${shown(right.points.get(point))}`];
        if (!right.points.has(point)) return [`${path}: missing, ${shown(left.points.get(point))}`];
        const slack = mayCancelOut(left.said) ? magnitude : 0;
        return valueDifferences(path, left.points.get(point), right.points.get(point), slack);
      }),
    ];
  });
}

// Values that cancel each other leave their rounding errors. Upstream adds up differences of observations.
function mayCancelOut(said: object): boolean {
  const { isMonotonic, descriptor }: { isMonotonic?: boolean; descriptor?: { type?: string } } = said;
  return isMonotonic === false || descriptor?.type?.startsWith("OBSERVABLE") === true;
}

function valueDifferences(path: string, left: unknown, right: unknown, magnitude: number): string[] {
  if (typeof left === "number" && typeof right === "number") {
    return isNearly(left, right, magnitude) ? [] : [`${path}: ${left} expected, not ${right}`];
  }
  if (isExponential(left) && isExponential(right)) {
    const [theirs, ours] = atOneScale(left, right);
    return objectDifferences(path, theirs, ours, magnitude);
  }
  if (typeof left === "object" && typeof right === "object" && left !== null && right !== null) {
    return objectDifferences(path, left, right, magnitude);
  }
  return left === right ? [] : [`${path}: ${shown(left)} expected, not ${shown(right)}`];
}

function objectDifferences(path: string, left: object, right: object, magnitude: number): string[] {
  const [theirs, ours] = [new Map(Object.entries(left)), new Map(Object.entries(right))];
  return keysOf(theirs, ours).flatMap((key) => {
    if (!ours.has(key) || !theirs.has(key))
      return [`${path}.${key}: only ${ours.has(key) ? "ours" : "theirs"}`];
    return valueDifferences(`${path}.${key}`, theirs.get(key), ours.get(key), magnitude);
  });
}

// With zeros or negative values, upstream may have lost resolution that the specification requires.
function atOneScale(theirs: ExponentialBuckets, ours: ExponentialBuckets): [object, object] {
  const [positives, negatives] = [
    ours.positive.bucketCounts.length > 0,
    ours.negative.bucketCounts.length > 0,
  ];
  const mayBeLower = negatives || (positives && ours.zeroCount > 0);
  return mayBeLower && theirs.scale < ours.scale ? [theirs, downscaled(ours, theirs.scale)] : [theirs, ours];
}

// Whole numbers are exact; rounding depends on the order of the additions.
function isNearly(left: number, right: number, magnitude: number): boolean {
  if (left === right || (Number.isNaN(left) && Number.isNaN(right))) return true;
  return Math.abs(left - right) <= 1e-12 * Math.max(Math.abs(left), Math.abs(right), magnitude);
}

function keysOf(left: ReadonlyMap<string, unknown>, right: ReadonlyMap<string, unknown>): string[] {
  return [...new Set([...left.keys(), ...right.keys()])];
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
