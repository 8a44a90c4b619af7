import { onTestFinished } from "vitest";

/** Counts the turns of the event loop from now on. Returns a function that ends this and returns their number. */
export function countedTurns(): () => number {
  let turns = 0;
  let isRunning = true;
  const turn = (): void => {
    turns++;
    if (isRunning) setImmediate(turn);
  };
  setImmediate(turn);
  const end = (): number => {
    isRunning = false;
    return turns;
  };
  onTestFinished(() => void end());
  return end;
}
