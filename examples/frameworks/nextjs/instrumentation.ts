// Next.js calls it once in each runtime, before the first request.
export async function register(): Promise<void> {
  if (process.env["NEXT_RUNTIME"] === "nodejs") {
    const { start } = await import("tachymeter");
    start({ serviceName: "shop" });
  }
}
