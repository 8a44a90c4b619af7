// Tachymeter and the instrumented libraries are required from node_modules, and copied to a standalone server.
import { withTachymeter } from "tachymeter/next";

export default withTachymeter({ output: "standalone" });
