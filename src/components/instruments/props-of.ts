import { existsSync } from "node:fs";
import type { AstroGlobal } from "astro";
import { machinesOf, rolesOf } from "../../book/machines.ts";
import type { Instrument, Roles } from "../../lab/instruments/instrument.ts";
import { machineFacts } from "../lab/guest-sizes.ts";
import { langOf, SITE_BASE } from "../site/language.ts";
import type { InstrumentProps } from "./instrument-props.ts";
import { recordedOf } from "./recorded.ts";

/** Attributes of an instrument's tag. Example: `<RingMeter machine="linux-b" />`. */
export type PlaceProps<Has = Roles> = {
  /** Level of its heading, one below that of what it stands in. */
  heading?: "h2" | "h3";
} & {
  /** A role that is said here goes before `src/content/machines.json`. */
  [Role in keyof Has as Has[Role] extends string ? Role : never]?: Has[Role];
};

/**
 * All that an instrument's view is given on the page that is being built.
 * @throws WrongMachineError when its place names a machine that there is not
 */
export async function propsOf<Data, Has extends Roles>(
  { url, props }: Pick<AstroGlobal<PlaceProps<Has>>, "url" | "props">,
  instrument: Instrument<Data, Has>,
): Promise<InstrumentProps<Data, Has>> {
  const { heading = "h3", ...attributes } = props;
  const lang = langOf(url);
  const roles = rolesOf(instrument, { file: fileOf(url), attributes });
  return {
    heading,
    roles,
    lang,
    guestPath: `${SITE_BASE}images/guest/`,
    facts: await machineFacts(machinesOf(instrument, roles), lang),
    recorded: await recordedOf(instrument),
  };
}

/** The chapter that makes the page at an address, for who has to mend it; or the page itself. */
function fileOf({ pathname }: URL): string {
  const slug = pathname.slice(import.meta.env.BASE_URL.length).replace(/^\/|\/$/g, "");
  const file = `src/content/docs/${slug}.mdx`;
  return existsSync(file) ? file : pathname;
}
