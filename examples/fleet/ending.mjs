// How a process of the fleet ends: when whoever started it disconnects from it, or is gone.

/** Calls `stop` then, or now if it is then already. What keeps the process alive is for `stop` to clear away. */
export function whenLetGo(stop) {
  // null once it is disconnected; undefined where nobody was connected ever.
  if (process.channel === null) stop();
  else process.once("disconnect", stop);
}
