// Loaded before an application: starts Tachymeter with the options in OPTIONS, and prints each alert as a line.
import { start } from "tachymeter";

// At once, since the first evaluation may resolve alerts of the process before.
start(JSON.parse(process.env.OPTIONS)).alerts?.on(({ name, state, annotations, labels }) =>
  console.log(JSON.stringify({ name, state, annotations, labels })),
);
