// The pages that load later, in one file.
import type { ComponentType } from "preact";
import { ExplorePage } from "../explore/explore-page.tsx";
import { AlertsPage } from "./alerts.tsx";
import { EventsPage } from "./events.tsx";
import { InstrumentPage } from "./instrument.tsx";
import { InstrumentsPage } from "./instruments.tsx";

export const LATER_PAGES = {
  alerts: AlertsPage,
  events: EventsPage,
  explore: ExplorePage,
  instrument: InstrumentPage,
  instruments: InstrumentsPage,
} satisfies Readonly<Record<string, ComponentType>>;
