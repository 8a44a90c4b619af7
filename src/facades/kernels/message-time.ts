// Reading the clock takes longer than the rest of a recording. So after this many readings, one is used for a while.
const EXACT_READINGS = 100;
const REUSE_MILLIS = 50;

let exactLeft = EXACT_READINGS;
let unixMillis = 0;

/**
 * Returns the time in milliseconds since the epoch, for a message. It is exact at up to 2,000 messages a second. At higher
 * rates it may be 50 ms old, or as old as the current turn of the event loop if that takes longer.
 */
export function messageUnixMillis(): number {
  if (exactLeft > 0) {
    unixMillis = Date.now();
    if (--exactLeft === 0) setTimeout(readAgain, REUSE_MILLIS).unref();
  }
  return unixMillis;
}

function readAgain(): void {
  exactLeft = EXACT_READINGS;
}
