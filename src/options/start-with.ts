/** The remedy in an error message, if an application does not serve a part because an option is off. */
export function startWith(option: "api" | "page"): string {
  return `start the application with option ${option}: true, or with TACHYMETER_${option.toUpperCase()}=true`;
}
