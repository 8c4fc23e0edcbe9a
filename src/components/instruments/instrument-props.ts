import type { Roles } from "../../lab/instruments/instrument.ts";
import type { Language } from "../../lab/step.ts";
import type { MachineFacts } from "../lab/guest-sizes.ts";
import type { Recorded } from "./recorded.ts";

/** What every instrument on a page is given. */
export interface InstrumentProps<Data, Has extends Roles = Roles> {
  /** Level of its heading, one below that of what it stands in. */
  heading: "h2" | "h3";
  /** Which machine does what for it, at this place. */
  roles: Has;
  /** The page's. */
  lang: Language;
  /** Path of the folder that holds `manifest.json`, with the site's base and a final slash. */
  guestPath: string;
  /** What to say of each machine before it is started; from the manifest at build time. */
  facts: Record<string, MachineFacts>;
  /** What it showed when it was recorded: drawn until a machine runs, without scripts, and in print. */
  recorded: Recorded<Data>;
}
