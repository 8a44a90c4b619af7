/** A self-signed certificate for loopback addresses, made once per run with openssl. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { inject } from "vitest";
import { newFolder } from "./new-folder.ts";
import { neededProgram } from "../servers/needs.ts";

const run = promisify(execFile);

/** The options of a TLS server, and the file that makes a client trust it (`NODE_EXTRA_CA_CERTS`). */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** The run's certificate for `localhost`, `127.0.0.1` and `::1`, valid for two days. */
export async function certificate(): Promise<Certificate> {
  const folder = join(inject("runFolder"), "certificate");
  if (!existsSync(folder)) await make(folder, "localhost");
  return read(folder);
}

/** Another certificate for the same addresses, with subject `name`, in separate files. */
export async function certificateOf(name: string): Promise<Certificate> {
  const folder = join(newFolder("certificate"), "files");
  await make(folder, name);
  return read(folder);
}

function read(folder: string): Certificate {
  const files = { certFile: join(folder, "cert.pem"), keyFile: join(folder, "key.pem") };
  return {
    ...files,
    cert: readFileSync(files.certFile, "utf8"),
    key: readFileSync(files.keyFile, "utf8"),
  };
}

async function make(folder: string, name: string): Promise<void> {
  const openssl = neededProgram("openssl");
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished);
  const request = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=${name}`;
  const names = "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1";
  const output = ["-addext", names, "-keyout", "key.pem", "-out", "cert.pem"];
  await run(openssl, [...request.split(" "), ...output], { cwd: unfinished });
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    // Another test file was faster.
    if (!existsSync(folder)) throw error;
  }
}
