// Destinations are made for devices, users and jobs, one each; what is measured is the kind of destination.

const MAX_PART_LENGTH = 32;
const MAX_LENGTH = 512;

const NUMBER = /^[+-]?\d+(\.\d+)?$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
// Of a URL.
const CREDENTIALS = /(?<=:\/\/)[^/?#]*@/g;
const HEXADECIMAL = /^(0x)?[0-9a-f]{8,}$/i;

/** How names of a system are built, in its own signs. */
export interface NameSigns {
  /** Finds each part of a name, globally: `/[^/]+/g` where `/` separates them. */
  readonly parts: RegExp;
  /** Stands for any one part. */
  readonly any: string;
  /** Stands for a name of more than 512 characters. */
  readonly tooLong: string;
}

/**
 * `name` with the system's own sign for any one part in place of each that looks like an id: a number, a UUID,
 * 8 hexadecimal digits or more, or more than 32 characters of anything. A URL is without its user and password.
 *
 * @example
 * nameTemplate("plant/7/robots/9f86d081", { parts: /[^/]+/g, any: "+", tooLong: "#" }); // "plant/+/robots/+"
 */
export function nameTemplate(name: string, { parts, any, tooLong }: NameSigns): string {
  if (name.length > MAX_LENGTH) return tooLong;
  return name.replaceAll(CREDENTIALS, "").replaceAll(parts, (part) => (looksLikeId(part) ? any : part));
}

function looksLikeId(part: string): boolean {
  return part.length > MAX_PART_LENGTH || NUMBER.test(part) || UUID.test(part) || HEXADECIMAL.test(part);
}
