// Loaded before a faulty application: starts Tachymeter with the options in OPTIONS, and prints each alert.
import { start } from "tachymeter";

const telemetry = start(JSON.parse(process.env.OPTIONS));
void telemetry.ready.then(() =>
  telemetry.alerts?.on(({ state, name, annotations }) =>
    console.log(`${state} ${name}: ${annotations.summary}. ${annotations.description}`),
  ),
);
