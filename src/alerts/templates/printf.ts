// Go's `printf`, with its texts for wrong verbs and arguments.
import { quoteText } from "../../query/syntax/quoted-text.ts";
import { exponentialText, fixedText, generalText } from "./number-format.ts";
import { TemplateError } from "./template-error.ts";
import { textOf, typeOf, type Value } from "./value.ts";

const DIRECTIVE = /%([-+# 0]*)(\*|\d+)?(?:\.(\*|\d*))?(.)?/gsu;
const MAX_WIDTH = 10_000;

/** Formats values. Throws a {@link TemplateError} if a width is too large. */
export function printf(format: string, values: readonly Value[]): string {
  let next = 0;
  const text = format.replace(
    DIRECTIVE,
    (_, flags: string, width?: string, precision?: string, verb?: string) => {
      if (verb === undefined) return "%!(NOVERB)";
      if (verb === "%") return "%";
      const sizeOf = (given: string): number => {
        const size = given === "*" ? values[next++] : given;
        return Number(typeof size === "bigint" || typeof size === "string" ? size : 0);
      };
      const minWidth = width === undefined ? 0 : sizeOf(width);
      const digits = precision === undefined ? undefined : sizeOf(precision);
      if (Math.abs(minWidth) > MAX_WIDTH || (digits ?? 0) > MAX_WIDTH)
        throw new TemplateError(`printf: a width must be at most ${MAX_WIDTH}`);
      if (next >= values.length) return `%!${verb}(MISSING)`;
      const isLeft = flags.includes("-") || minWidth < 0;
      return formatted(values[next++], verb, { flags, width: Math.abs(minWidth), digits, isLeft });
    },
  );
  const extra = values.slice(next).map((value) => shownWithType(value));
  return extra.length === 0 ? text : `${text}%!(EXTRA ${extra.join(", ")})`;
}

interface Form {
  readonly flags: string;
  readonly width: number;
  readonly digits: number | undefined;
  readonly isLeft: boolean;
}

function formatted(value: Value, verb: string, form: Form): string {
  if (verb === "T") return padded(typeOf(value), form);
  if (value === undefined) return verb === "v" ? padded("<nil>", form) : `%!${verb}(<nil>)`;
  const text =
    typeof value === "string"
      ? stringText(value, verb, form)
      : typeof value === "number"
        ? floatText(value, verb, form)
        : typeof value === "bigint"
          ? integerText(value, verb, form)
          : verb === "v" || (verb === "t" && typeof value === "boolean")
            ? textOf(value)
            : verb === "s" && typeof value !== "boolean"
              ? textOf(value)
              : undefined;
  if (text === undefined) return `%!${verb}(${shownWithType(value)})`;
  return padded(text, form, value);
}

function stringText(value: string, verb: string, { flags, digits }: Form): string | undefined {
  const characters = Array.from(value);
  const cut = digits === undefined ? value : characters.slice(0, digits).join("");
  switch (verb) {
    case "s":
    case "v":
      return verb === "v" && flags.includes("#") ? quoteText(cut) : cut;
    case "q":
      return flags.includes("#") && !/[`\p{Cc}]/u.test(cut) ? `\`${cut}\`` : quoteText(cut);
    case "x":
    case "X": {
      const bytes = Buffer.from(value).subarray(0, digits);
      const hexadecimal = flags.includes(" ")
        ? Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ")
        : bytes.toString("hex");
      const prefixed = flags.includes("#") && hexadecimal !== "" ? `0x${hexadecimal}` : hexadecimal;
      return verb === "X" ? prefixed.toUpperCase() : prefixed;
    }
    default:
      return undefined;
  }
}

function floatText(value: number, verb: string, { flags, digits }: Form): string | undefined {
  switch (verb) {
    case "f":
    case "F":
      return signed(fixedText(value, digits ?? 6), flags);
    case "e":
      return signed(exponentialText(value, digits ?? 6), flags);
    case "E":
      return signed(exponentialText(value, digits ?? 6).replace("e", "E"), flags);
    case "g":
    case "v":
      return signed(generalText(value, digits), flags);
    case "G":
      return signed(generalText(value, digits).replace("e", "E"), flags);
    default:
      return undefined;
  }
}

const BASES: Readonly<Record<string, readonly [base: number, prefix: string]>> = {
  b: [2, "0b"],
  o: [8, "0"],
  x: [16, "0x"],
  X: [16, "0X"],
};

function integerText(value: bigint, verb: string, { flags, digits }: Form): string | undefined {
  const magnitude = value < 0n ? -value : value;
  const sign = value < 0n ? "-" : "";
  const whole = (text: string, prefix = ""): string =>
    signed(`${sign}${prefix}${text.padStart(digits ?? 0, "0")}`, flags);
  if (verb === "d" || verb === "v") return whole(String(magnitude));
  const [base, prefix] = BASES[verb] ?? [];
  if (base !== undefined) {
    const text = magnitude.toString(base);
    return whole(verb === "X" ? text.toUpperCase() : text, flags.includes("#") ? prefix : "");
  }
  if (verb === "O") return whole(magnitude.toString(8), "0o");
  const point = Number(magnitude);
  const isCharacter = value >= 0n && value <= 0x10_ffffn;
  const character = isCharacter ? String.fromCodePoint(point) : "\ufffd";
  if (verb === "c") return character;
  if (verb === "q") return `'${quoteText(character).slice(1, -1).replace('\\"', '"').replace(/^'$/, "\\'")}'`;
  return verb === "U" ? `U+${point.toString(16).toUpperCase().padStart(4, "0")}` : undefined;
}

function signed(text: string, flags: string): string {
  const isSigned = /^[-+]/.test(text);
  if (flags.includes("+")) return isSigned ? text : `+${text}`;
  return flags.includes(" ") && !isSigned ? ` ${text}` : text;
}

// Infinity and integers with a precision are not padded with zeros.
function padded(text: string, { flags, width, digits, isLeft }: Form, value?: Value): string {
  const missing = width - Array.from(text).length;
  if (missing <= 0) return text;
  if (isLeft) return text + " ".repeat(missing);
  const [isFloat, isInteger] = [typeof value === "number", typeof value === "bigint"];
  const isSpecial = isFloat ? !Number.isFinite(value) : isInteger && digits !== undefined;
  if (!flags.includes("0") || isSpecial) return " ".repeat(missing) + text;
  const [sign = ""] = isFloat || isInteger ? (/^[-+ ]/.exec(text) ?? []) : [];
  return sign + "0".repeat(missing) + text.slice(sign.length);
}

function shownWithType(value: Value): string {
  return value === undefined ? "<nil>" : `${typeOf(value)}=${textOf(value)}`;
}
