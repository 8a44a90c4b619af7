// Requests of the command line for a test of the receivers, through files in the folder of the alerts.
import { readTextSync } from "../io/files/open-file.ts";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { diag } from "@opentelemetry/api";
import { errorMessage } from "../diagnostics/error-message.ts";
import { replaceFileSync } from "../io/files/replace.ts";
import { realClearTimeout, realSetTimeout } from "../io/timeout.ts";
import type { DeliveryReport } from "./delivery/index.ts";

const LOOK_MILLIS = 200;
const WAIT_MILLIS = 60_000;
const REQUEST_MILLIS = 5_000;
const FILE_MODE = 0o600;

const requestIn = (directory: string): string => join(directory, "test-request");
const reportIn = (directory: string): string => join(directory, "test-report.json");

/**
 * Asks the application that uses a folder for a test of its receivers.
 *
 * @throws Error by the promise if no application responds within a minute.
 */
export async function askForTest(directory: string): Promise<readonly DeliveryReport[]> {
  rmSync(reportIn(directory), { force: true });
  replaceFileSync(requestIn(directory), "", FILE_MODE);
  const end = performance.now() + WAIT_MILLIS;
  while (performance.now() < end) {
    await pause(LOOK_MILLIS);
    if (!existsSync(reportIn(directory))) continue;
    const reports: readonly DeliveryReport[] = JSON.parse(readTextSync(reportIn(directory)));
    rmSync(reportIn(directory), { force: true });
    return reports;
  }
  rmSync(requestIn(directory), { force: true });
  throw new Error(
    `no application responded within a minute in "${directory}"; check that one runs with this option alerts.directory`,
  );
}

/**
 * Looks for requests of tests at each interval, runs the test of each, and writes its report. Returns a function that ends
 * this. The timer does not keep the process alive.
 */
export function watchForTests(
  directory: string,
  test: () => Promise<readonly DeliveryReport[]>,
  intervalMillis: number = REQUEST_MILLIS,
): () => void {
  const wait = (): NodeJS.Timeout =>
    realSetTimeout(() => {
      timer = wait();
      void runRequested(directory, test);
    }, intervalMillis).unref();
  let timer = wait();
  return () => realClearTimeout(timer);
}

/** Runs the test of a request, if there is one, and writes its report. Never rejects. */
async function runRequested(
  directory: string,
  test: () => Promise<readonly DeliveryReport[]>,
): Promise<void> {
  try {
    if (!existsSync(requestIn(directory))) return;
    rmSync(requestIn(directory), { force: true });
    replaceFileSync(reportIn(directory), JSON.stringify(await test()), FILE_MODE);
  } catch (error) {
    diag.warn(`alerts: the receivers were not tested (${errorMessage(error)})`);
  }
}
