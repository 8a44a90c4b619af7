// How an error tells what is wrong with options.

/** One thing that is wrong: the option or variable, what was given, and what would be right. */
interface OptionsProblem {
  readonly name: string;
  readonly value: unknown;
  readonly allowed: string;
}

/** Says it: `port is "http", which is not usable; give a whole number from 0 to 65535`. */
export function problemSentence({ name, value, allowed }: OptionsProblem): string {
  return `${name} is ${shown(value)}, which is not usable; give ${allowed}`;
}

// Options come from anywhere: a value's own conversion to text may throw, or be endless.
function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 80));
  if (Array.isArray(value)) return "an array";
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
