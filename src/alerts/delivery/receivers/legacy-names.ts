// Label names for Alertmanagers from before version 0.27, which know letters, digits and underscores only.

const LEGACY = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

export function hasLegacyNames(labels: Readonly<Record<string, string>>): boolean {
  return Object.keys(labels).every((name) => LEGACY.test(name));
}

/** Labels with underscores instead of other characters. If two names become equal, a number is appended. */
export function withLegacyNames(labels: Readonly<Record<string, string>>): Record<string, string> {
  const names = Object.keys(labels);
  // Valid names stay as they are.
  const taken = new Set(names.filter((name) => LEGACY.test(name)));
  return Object.fromEntries(
    names.toSorted().map((name) => {
      if (LEGACY.test(name)) return [name, labels[name] ?? ""];
      const base = name.replaceAll(/[^a-zA-Z0-9_]/g, "_").replace(/^(?=\d|$)/, "_");
      let unique = base;
      for (let i = 2; taken.has(unique); i++) unique = `${base}_${i}`;
      taken.add(unique);
      return [unique, labels[name] ?? ""];
    }),
  );
}
