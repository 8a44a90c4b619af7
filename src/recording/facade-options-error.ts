/** Thrown by the constructor of a facade that was given an option it cannot work with. */
export class FacadeOptionsError extends Error {
  override readonly name = "FacadeOptionsError";
  readonly code = "TACHYMETER_FACADE_OPTIONS";
}
