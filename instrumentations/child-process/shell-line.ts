// The program started by a shell command line, as far as it can be determined without running the line.

/** The language of a command line: that of POSIX shells, or of `cmd.exe`. */
export type ShellLanguage = "posix" | "cmd";

// Regular expressions for the parts of a word. Command substitutions, `$(…)` and backquotes, are excluded.
const PARTS: Readonly<Record<ShellLanguage, string>> = {
  posix: [
    /'[^']*'/,
    /"(?:[^"\\`$]|\\[^]|\$(?!\())*"/,
    /\\[^]/,
    /\$'(?:[^'\\]|\\[^])*'/,
    /\$\{[^}]*\}/,
    /\$\w+/,
    /\$[^\s(\w'"{]/,
    /[^\s;&|<>()'"\\`$]/,
  ]
    .map(({ source }) => source)
    .join("|"),
  cmd: String.raw`"[^"]*"|\^[^]|%[^%\s]*%|[^\s;&|<>()"^]`,
};

const WORDS = {
  posix: new RegExp(`^(?:${PARTS.posix})+`),
  cmd: new RegExp(`^(?:${PARTS.cmd})+`),
} satisfies Readonly<Record<ShellLanguage, RegExp>>;

// `zx` sets shell options before each command.
const SHELL_OPTIONS = /^\s*set\s[-+\w\s]*?(?:;|&&|\n)/;
const BEFORE_A_COMMAND = /^(?:[\s;({!@]|#.*)+/;
const REDIRECTION = /^\d*(?:&>>?|<<<|<<-?|<>|[<>]&|>>|>\||[<>])[ \t]*/;
const ASSIGNMENT = /^[A-Za-z_]\w*(?:\[[^\]]*\])?\+?=/;
const AFTER_A_WORD = /^(?:$|[\s;&|<>()])/;

// Placeholder in a word for a value that only the shell knows: `$HOME`.
const UNKNOWN = "\0";

/**
 * Returns the program of the first command of `line`, after assignments, redirections and a leading `set` of shell
 * options. Returns `undefined` if it cannot be determined without running the line, or if the line has no command. In
 * that case no part of the line is recorded, since assignments may contain secrets.
 */
export function firstProgramOf(line: string, language: ShellLanguage): string | undefined {
  let rest = line.replace(SHELL_OPTIONS, "");
  for (;;) {
    rest = rest.replace(BEFORE_A_COMMAND, "");
    const redirection = REDIRECTION.exec(rest)?.[0] ?? "";
    const word = WORDS[language].exec(rest.slice(redirection.length))?.[0];
    if (word === undefined) return undefined;
    rest = rest.slice(redirection.length + word.length);
    const isAssignment = ASSIGNMENT.test(word);
    if (!AFTER_A_WORD.test(rest) || (isAssignment && rest.startsWith("("))) return undefined;
    if (redirection === "" && !isAssignment) return knownName(textOf(word, language));
  }
}

function textOf(word: string, language: ShellLanguage): string {
  return word.replace(new RegExp(PARTS[language], "g"), (part) => {
    if (language === "cmd") return part.startsWith("%") ? UNKNOWN : part.replace(/^"(.*)"$|^\^/s, "$1");
    if (part.startsWith("'")) return part.slice(1, -1);
    if (part.startsWith("$")) return UNKNOWN;
    if (part.startsWith("\\")) return part.slice(1);
    if (!part.startsWith('"')) return part;
    return part
      .slice(1, -1)
      .replace(/\\(["\\$`])|\$(?:\{[^}]*\}|\w+)?/g, (_, escaped?: string) => escaped ?? UNKNOWN);
  });
}

// If only the folder is unknown, as in `$HOME/bin/tool`, the name is known.
function knownName(text: string): string | undefined {
  const known = text.slice(text.lastIndexOf(UNKNOWN) + 1);
  // Shells do not accept `MY-TOKEN=secret` as an assignment, but it was probably meant as one.
  if (text.includes("=")) return undefined;
  if (known === text) return text === "" ? undefined : text;
  return /[/\\]([^/\\]+)$/.exec(known)?.[1];
}
