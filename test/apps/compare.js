// Compares the runs of an application with the flag to those without. Differences between two runs without the flag are
// not compared.
import { stripVTControlCharacters } from "node:util";

/** Returns the differences, each as a line of text. The bodies of varying requests may differ. */
export function differences([first, second], flagged, isVarying = () => false) {
  const found = [];
  for (const [index, response] of first.responses.entries()) {
    for (const field of isVarying(response.name) ? ["status", "headers"] : ["status", "headers", "body"]) {
      const expected = comparable(response[field]);
      const isSteady = comparable(second.responses[index]?.[field]) === expected;
      for (const { responses } of flagged) {
        const got = comparable(responses[index]?.[field]);
        if (isSteady && got !== expected)
          found.push(`${response.name}: ${field} ${short(got)}, not ${short(expected)}`);
      }
    }
  }
  for (const [index, { end }] of [first, second].entries()) {
    if (flagged[index].end !== end) found.push(`ended with ${flagged[index].end}, not ${end}`);
  }
  for (const name of ["stdout", "stderr"]) {
    const bare = [first, second].map(({ output }) => linesOf(output[name]));
    for (const { output } of flagged) {
      const lines = linesOf(output[name]);
      for (const line of lines) {
        if (!bare.some((each) => each.has(line)) && !line.startsWith("tachymeter info: "))
          found.push(`${name} has "${short(line)}"`);
      }
      for (const line of bare[0]) {
        if (bare[1].has(line) && !lines.has(line)) found.push(`${name} lacks "${short(line)}"`);
      }
    }
  }
  return [...new Set(found)];
}

/** Returns the expected series that are missing or have another value, each as a line of text. */
export function wrongSeries(expected, metrics) {
  return Object.entries(expected).flatMap(([selector, value]) => {
    const found = sumOf(metrics, selector);
    const isRight = value === true ? found > 0 : found === value;
    return isRight ? [] : [`${selector} is ${found}, not ${value === true ? "above 0" : value}`];
  });
}

/**
 * Returns the types and help texts that only one of the two texts has. Then the series whose label names only one has, of
 * metrics with series in both: applications set some metrics by a timer.
 */
export function otherShapes(expected, got) {
  const [bare, replaced] = [expected, got].map(shapesOf);
  const metric = (shape) => shape.split(/[{ ]/, 1)[0];
  const lacks = (from, other) => {
    const metrics = new Set([...other].map((shape) => metric(shape)));
    return [...from].filter(
      (shape) => !other.has(shape) && (shape.startsWith("#") || metrics.has(metric(shape))),
    );
  };
  return [
    ...lacks(bare, replaced).map((shape) => `its own metrics lack "${shape}"`),
    ...lacks(replaced, bare).map((shape) => `its own metrics have "${shape}"`),
  ];
}

/** The number of series of a text in Prometheus' format. */
export function countSeries(metrics) {
  return metrics.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length;
}

function shapesOf(text) {
  const lines = text.split("\n").filter((line) => line !== "");
  return new Set(
    lines.map((line) => (line.startsWith("#") ? line : line.replaceAll(/="(?:[^"\\]|\\.)*"| [^ ]+$/g, ""))),
  );
}

/** The sum of all series that have the name and the labels of the selector: `name{label="value"}`. */
export function sumOf(metrics, selector) {
  const [, name, labels = ""] = /^([^{]+)(?:\{(.*)\})?$/.exec(selector);
  const wanted = labels.split(/,(?=\w+=")/).filter((each) => each !== "");
  const lines = metrics
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) && wanted.every((label) => line.includes(label)));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}

// Without colours, numbers, random identifiers, and the calls of a stack, among which are ours.
function comparable(value) {
  return stripVTControlCharacters(String(value))
    .replaceAll(/"?(?:\n|\\n|(?<="))? {4}at [^"\\\n]*(?:",?)?/g, "")
    .replaceAll(/[\w-]*\d[\w-]*|\b(?=\w+[A-Z])[A-Za-z]{10}\b/g, "#");
}

function linesOf(text) {
  return new Set(comparable(text).split("\n"));
}

function short(text) {
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}
