// Numbers of components in `otel.component.name`. Those of ended components are used again, so that reloads add no series.
const taken = new Map<string, Set<number>>();

/** Takes the lowest number that no component of this type has. */
export function takeNumber(type: string): number {
  const numbers = taken.get(type) ?? new Set();
  taken.set(type, numbers);
  let number = 0;
  while (numbers.has(number)) number++;
  numbers.add(number);
  return number;
}

/** Releases the number of a component named `<type>/<number>` that has ended. */
export function releaseNumber(name: string): void {
  const at = name.lastIndexOf("/");
  taken.get(name.slice(0, at))?.delete(Number(name.slice(at + 1)));
}
