// Removes known secrets from the text of a server, which may repeat what it was sent, in another encoding.
import { HIDDEN } from "./redact.ts";

const MIN_SECRET_LENGTH = 4;
const BASE64_WORD = /[\w+/-]+/g;

/** A way to write characters as others. */
interface Encoding {
  readonly escapes: RegExp;
  readonly decode: (escape: string) => string;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const CONTROLS: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };
const bytesIn = (escape: string): string =>
  Buffer.from(escape.replaceAll(/[^\da-f]/gi, ""), "hex").toString();

const ENCODINGS: readonly Encoding[] = [
  // None.
  { escapes: /(?!)/g, decode: String },
  // Percent, with the plus of forms.
  { escapes: /(?:%[\da-f]{2})+|\+/gi, decode: (escape) => (escape === "+" ? " " : bytesIn(escape)) },
  // Quoted-printable.
  { escapes: /(?:=[\da-f]{2})+|=\r?\n/gi, decode: bytesIn },
  // Strings of JSON.
  {
    escapes: /\\u[\da-f]{4}|\\[^u]/gi,
    decode: ([, kind = "", ...code]) =>
      code.length > 0 ? String.fromCharCode(parseInt(code.join(""), 16)) : (CONTROLS[kind] ?? kind),
  },
  // HTML.
  {
    escapes: /&(?:#\d{1,3}|#x[\da-f]{1,2}|amp|lt|gt|quot|apos);/gi,
    decode: (entity) => {
      const name = entity.slice(1, -1).toLowerCase();
      if (!name.startsWith("#")) return ENTITIES[name] ?? entity;
      return String.fromCharCode(Number(name.replace("#", "").replace(/^x/, "0x")));
    },
  },
];

/**
 * Removes these values from a text, and also their part after a scheme such as `Bearer`. They may be encoded in the text:
 * by percent signs, quoted-printable, in JSON, in HTML, or in base64 together with other text.
 */
export function withoutValues(text: string, values: Iterable<string>): string {
  const secrets = [...values]
    .flatMap((value) => [value, value.replace(/^\S+\s+/, "")])
    // As a URL has them, which a server may encode once more.
    .flatMap((value) => [
      value,
      encodeURIComponent(value.toWellFormed()),
      new URLSearchParams([["", value]]).toString().slice(1),
    ])
    .filter(({ length }) => length >= MIN_SECRET_LENGTH);
  if (secrets.length === 0) return text;
  const inBase64 = secrets.flatMap(base64PartsOf);
  const ranges = ENCODINGS.flatMap((encoding) => rangesIn(text, encoding, secrets, inBase64));
  let safe = "";
  let end = 0;
  for (const [from, to] of ranges.toSorted(([left], [right]) => left - right)) {
    if (from >= end) safe += `${text.slice(end, from)}${HIDDEN}`;
    end = Math.max(end, to);
  }
  return safe + text.slice(end);
}

type Range = readonly [from: number, to: number];

function rangesIn(
  text: string,
  encoding: Encoding,
  secrets: readonly string[],
  inBase64: readonly string[],
): Range[] {
  const { plain, placeOf } = decoded(text, encoding);
  const ranges: Range[] = [];
  // A secret may itself have the form of an escape.
  for (const secret of new Set(secrets.flatMap((each) => [each, decoded(each, encoding).plain]))) {
    if (secret === "") continue;
    for (let at = plain.indexOf(secret); at >= 0; at = plain.indexOf(secret, at + secret.length))
      ranges.push([placeOf(at)[0], placeOf(at + secret.length - 1)[1]]);
  }
  for (const { 0: word, index } of plain.matchAll(BASE64_WORD)) {
    const standard = word.replaceAll("-", "+").replaceAll("_", "/");
    if (inBase64.some((part) => standard.includes(part)))
      ranges.push([placeOf(index)[0], placeOf(index + word.length - 1)[1]]);
  }
  return ranges;
}

/** A text without its escapes, and the place in the original of each character. */
function decoded(
  text: string,
  { escapes, decode }: Encoding,
): { readonly plain: string; readonly placeOf: (index: number) => Range } {
  const places: Range[] = [];
  let plain = "";
  let end = 0;
  const copyTo = (to: number): void => {
    plain += text.slice(end, to);
    for (; end < to; end++) places.push([end, end + 1]);
  };
  for (const { 0: escape, index } of text.matchAll(escapes)) {
    copyTo(index);
    const characters = decode(escape);
    end += escape.length;
    for (let i = 0; i < characters.length; i++) places.push([index, end]);
    plain += characters;
  }
  copyTo(text.length);
  return { plain, placeOf: (index) => places[index] ?? [0, 0] };
}

// Three bytes are four characters. For each place in the three, these characters depend on this text alone.
function base64PartsOf(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].map((before) => {
    const base64 = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    return base64.slice(Math.ceil((before * 4) / 3), Math.floor(((before + bytes.length) * 4) / 3));
  });
}
