// What can go wrong with a file that a reader writes.
import { errorMessage } from "../../diagnostics/error-message.ts";
import { dirname, resolve } from "node:path";
import { FileKindError } from "../open-file.ts";

/** A file cannot be written; `cause` has the system's own error if there is one. */
export class FileError extends Error {
  override readonly name = "FileError";
  readonly code = "TACHYMETER_FILE";
}

/** The error of a file operation that failed, with what to do about it. */
export function fileErrorFrom(file: string, cause: unknown): FileError {
  if (cause instanceof FileError) return cause;
  if (cause instanceof FileKindError) {
    return new FileError(`file ${cause.message}; name another file`, { cause });
  }
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return new FileError(`file "${resolve(file)}": cannot be written, ${explained(code, file, cause)}`, {
    cause,
  });
}

function explained(code: unknown, file: string, cause: unknown): string {
  const folder = dirname(resolve(file));
  switch (code) {
    case "ENOENT":
      return `because its folder ${folder} does not exist; create the folder or name another file`;
    case "ENOTDIR":
      return `because ${folder} is not a folder; name a file in a folder`;
    case "EISDIR":
      return "because it is a folder; name a file in it";
    case "EACCES":
    case "EPERM":
      return "because this program may not write there; grant it the right or name another file";
    case "EROFS":
      return "because its file system is read-only; name a file on another one";
    case "ENOSPC":
      return "because its file system is full; make room or name a file on another one";
    default:
      return `because of ${errorMessage(cause)}; mend this or name another file`;
  }
}
