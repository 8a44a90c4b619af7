/** Thrown for a template that does not parse, or that fails. The message is that of Go's `text/template`. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
}
