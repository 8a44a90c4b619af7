// Keys from the bytes that a terminal sends.

/** A key: the character that it writes, or its name, such as `up`, `page-down`, `f1`, `ctrl-c`. */
export type Key = string;

const ESCAPE = "\u001B";
const BY_LETTER: Readonly<Record<string, Key>> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  F: "end",
  H: "home",
  P: "f1",
  Q: "f2",
  R: "f3",
  S: "f4",
  Z: "back-tab",
};
// The numbers of VT220 and xterm, before `~`.
const BY_NUMBER: Readonly<Record<string, Key>> = {
  1: "home",
  3: "delete",
  4: "end",
  5: "page-up",
  6: "page-down",
  7: "home",
  8: "end",
  11: "f1",
  17: "f6",
  21: "f10",
};
const CONTROLS: Readonly<Record<string, Key>> = {
  "\r": "enter",
  "\n": "enter",
  "\t": "tab",
  "\b": "backspace",
  "\u007F": "backspace",
  "\u0003": "ctrl-c",
  "\u000C": "ctrl-l",
  "\u001A": "ctrl-z",
};
// CSI and SS3 sequences: parameters, then a final byte. The console of Linux sends `ESC [ [ A` for F1.
// oxlint-disable-next-line no-control-regex -- escape sequences begin with it
const SEQUENCE = /^\u001B(?:\[\[([A-E])|\[([0-?]*)([ -/]*[@-~])|O([A-Z]))/;
// oxlint-disable-next-line no-control-regex -- escape sequences begin with it
const INCOMPLETE = /^\u001B(?:\[\[?[0-?]*|O)?$/;

/** Parses keys. The bytes of one key may arrive in several parts. */
export class KeyParser {
  #rest = "";

  /** Whether there is the start of a sequence, or the key Escape. */
  get isWaiting(): boolean {
    return this.#rest !== "";
  }

  /** The keys that are complete with this text. */
  feed(text: string): readonly Key[] {
    const keys: Key[] = [];
    let rest = this.#rest + text;
    while (rest !== "" && !INCOMPLETE.test(rest)) {
      const [key, length] = firstKey(rest);
      if (key !== undefined) keys.push(key);
      rest = rest.slice(length);
    }
    this.#rest = rest;
    return keys;
  }

  /** Call it if nothing follows for a while: what waits is the key Escape. */
  flush(): readonly Key[] {
    const rest = this.#rest;
    this.#rest = "";
    return rest === "" ? [] : ["escape"];
  }
}

function firstKey(text: string): [key: Key | undefined, length: number] {
  if (text.startsWith(ESCAPE)) {
    const sequence = SEQUENCE.exec(text);
    if (sequence === null) return ["escape", 1];
    const [whole, ofConsole, parameters = "", final = "", ofKeypad] = sequence;
    if (ofConsole !== undefined) return [ofConsole === "A" ? "f1" : undefined, whole.length];
    if (ofKeypad !== undefined) return [BY_LETTER[ofKeypad], whole.length];
    const key = final === "~" ? BY_NUMBER[parameters.split(";", 1).join("")] : BY_LETTER[final];
    return [key, whole.length];
  }
  const character = String.fromCodePoint(text.codePointAt(0) ?? 0);
  const key = CONTROLS[character] ?? (character < " " ? undefined : character);
  return [key, character.length];
}
