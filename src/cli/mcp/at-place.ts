// An application at a URL, or in the file of its history.
import { askHistory, shownPlace } from "../open-history.ts";
import type { Asked } from "./asked.ts";

/** The application that a command names. Each question opens the place anew. */
export function askedAt(place: string): Asked {
  return {
    name: shownPlace(place),
    place,
    async application(ask, signal) {
      const { openWatched } = await import("../top/watched/open.ts");
      const watched = await openWatched(place, signal);
      try {
        return await ask(watched);
      } finally {
        await watched.close();
      }
    },
    async history(ask) {
      let answer = "";
      await askHistory(place, async (history) => {
        answer = await ask(history);
      });
      return answer;
    },
    async profile(seconds) {
      const { takenFrom } = await import("../profile/take-profile.ts");
      return takenFrom(place, seconds);
    },
    async silences() {
      const [{ alertsFolder }, { silencesIn }] = await Promise.all([
        import("../alerts/folder.ts"),
        import("../alerts/silence.ts"),
      ]);
      return silencesIn(alertsFolder("silence", place));
    },
  };
}
