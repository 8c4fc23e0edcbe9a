import type { AstroGlobal } from "astro";
import type { Instrument } from "../../lab/instruments/instrument.ts";
import { machineFacts } from "../lab/guest-sizes.ts";
import { labStrings } from "../lab/strings.ts";
import { langOf, SITE_BASE } from "../site/language.ts";
import type { InstrumentProps } from "./instrument-props.ts";
import { recordedOf } from "./recorded.ts";

/** What every instrument of this language needs of the interface's texts. */
const SHARED_STRINGS = ["instrument.", "machine.", "lab.locale"];

/**
 * All that an instrument's view is given on the page that is being built.
 * @param prefixes  of the keys in `src/content/i18n` that are this instrument's own
 */
export async function propsOf<Data>(
  { url, locals }: Pick<AstroGlobal, "url" | "locals">,
  instrument: Instrument<Data>,
  heading: "h2" | "h3",
  prefixes: readonly string[] = [`${instrument.id}.`],
): Promise<InstrumentProps<Data>> {
  return {
    heading,
    strings: labStrings(locals.t.all(), [...SHARED_STRINGS, ...prefixes]),
    guestPath: `${SITE_BASE}images/guest/`,
    facts: await machineFacts(instrument.machines, langOf(url)),
    recorded: await recordedOf(instrument),
  };
}
