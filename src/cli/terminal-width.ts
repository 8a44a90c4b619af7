/** How many characters a line of the output may have: those of a terminal that tells its width, else any number. */
export function terminalWidth({
  isTTY,
  columns,
}: {
  readonly isTTY?: boolean;
  readonly columns?: number;
}): number {
  // Terminals of containers and of builds often have 0 columns: they do not know.
  return isTTY === true && columns !== undefined && columns > 0 ? columns : Infinity;
}
