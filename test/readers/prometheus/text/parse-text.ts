// A small parser of Prometheus' text format 0.0.4, for checking written text.

/** One sample line. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The content of a text. */
export interface ParsedText {
  readonly help: ReadonlyMap<string, string>;
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly Sample[];
}

/** Parses a text; throws if a line is invalid in the format. */
export function parseText(text: string): ParsedText {
  const help = new Map<string, string>();
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  if (text !== "" && !text.endsWith("\n")) throw new Error("the last line is not ended");
  for (const line of text.split("\n").slice(0, -1)) {
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.*)$/su.exec(line);
    if (comment === null) samples.push(parseSample(line));
    else if (comment[1] === "HELP") add(help, comment[2]!, unescaped(comment[3]!));
    else add(types, comment[2]!, comment[3]!);
  }
  return { help, types, samples };
}

function add(map: Map<string, string>, name: string, text: string): void {
  if (map.has(name)) throw new Error(`said twice of ${name}`);
  map.set(name, text);
}

function parseSample(line: string): Sample {
  const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/su.exec(line);
  if (sample === null) throw new Error(`no sample: ${line}`);
  const labels: Record<string, string> = {};
  let rest = sample[2] ?? "";
  while (rest !== "") {
    const label = /^([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/su.exec(rest);
    if (label === null) throw new Error(`no label: ${rest}`);
    if (Object.hasOwn(labels, label[1]!)) throw new Error(`label twice: ${label[1]}`);
    labels[label[1]!] = unescaped(label[2]!);
    rest = rest.slice(label[0].length);
  }
  return { name: sample[1]!, labels, value: Number(sample[3]!.replace("Inf", "Infinity")) };
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/gsu, (_, char: string) => (char === "n" ? "\n" : char));
}
