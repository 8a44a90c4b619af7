/** The client of a page. `anybody` is any client if authentication is off; `stranger` is not authenticated. */
export type Asker = "authenticated" | "anybody" | "stranger";
