/** A function as text: `name (file:line)`, or `name (package)`. */
export function functionText({
  function: name,
  file,
  line,
  package: ofPackage,
}: {
  readonly function: string;
  readonly file?: string | null | undefined;
  readonly line?: number | string | null | undefined;
  readonly package?: string | undefined;
}): string {
  if (ofPackage !== undefined) return `${name} (${ofPackage})`;
  if (file === undefined || file === null) return name;
  return line === undefined || line === null ? `${name} (${file})` : `${name} (${file}:${line})`;
}
