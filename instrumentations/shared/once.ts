/** Returns a function that runs `act` at its first call: a figure of something unused must not be exported as 0. */
export function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    act();
  };
}
