// Loaded before an application: starts Tachymeter with the options in OPTIONS, and prints each alert as a line.
import { start } from "tachymeter";

const telemetry = start(JSON.parse(process.env.OPTIONS));
void telemetry.ready.then(() =>
  telemetry.alerts?.on(({ name, state, annotations, labels }) =>
    console.log(JSON.stringify({ name, state, annotations, labels })),
  ),
);
