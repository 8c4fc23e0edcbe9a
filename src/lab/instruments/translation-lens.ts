import { z } from "zod";
import type { TranslatedPage } from "../../machine/protocol.ts";
import { type Bench, type Instrument, oneMachine, type Roles } from "./instrument.ts";

const count = z.int().nonnegative();

const pageSchema = z.strictObject({
  /** Physical addresses: of the page's first byte, and the one sampled most. */
  address: count,
  hottest: count,
  /** How often it was translated, and sampled, since somebody watches. */
  times: count,
  samples: count,
  /** Bytes of its newest WebAssembly module. */
  moduleBytes: count,
});

const viewSchema = z.strictObject({
  /** How the guest's code was read: as real mode's or protected mode's. */
  bits: z.literal([16, 32]),
  /** Guest instructions around the hottest one. */
  guest: z.array(z.strictObject({ address: count, bytes: z.string(), text: z.string() })),
  /** The basic block that begins at the hottest instruction, if it was found in the module. */
  block: z
    .strictObject({
      /** Its first instruction, as an index of `guest`. */
      from: count,
      guestInstructions: count,
      wasmInstructions: count,
    })
    .optional(),
  /** What that block became; or how the module begins, if the block was not found. */
  wat: z.array(z.string()),
  /** Lines that were left out after these. */
  moreLines: count,
  moduleBytes: count,
  pageBytes: count,
});
export type LensView = z.infer<typeof viewSchema>;

const dataSchema = z.strictObject({
  /** Pages that can be looked at, the hottest first, and what they look like. */
  pages: z.array(z.strictObject({ page: pageSchema, view: viewSchema })).min(1),
});
export type LensData = z.infer<typeof dataSchema>;

/** What the guest can be given to do, so that some of its code becomes hot. */
export const lensLoads = {
  lines: "seq 100000 | wc -l",
  digest: "dd if=/dev/zero bs=1M count=2 2>/dev/null | sha256sum",
} as const;
export type LensLoad = keyof typeof lensLoads;

/** Pages to choose from. */
const MOST_PAGES = 8;
/** Pages that the recording keeps: all are on every page of the book that shows the lens. */
const RECORDED_PAGES = 4;

/** Pages in which the CPU was found, the most often first. */
export function hotPages(pages: readonly TranslatedPage[]): TranslatedPage[] {
  return pages.filter(({ samples }) => samples > 0).slice(0, MOST_PAGES);
}

/** The page that was sampled more often than any other since `before`. */
export function warmedMost(
  before: readonly TranslatedPage[],
  after: readonly TranslatedPage[],
): TranslatedPage | undefined {
  const known = new Map(before.map(({ address, samples }) => [address, samples]));
  const gained = ({ address, samples }: TranslatedPage) => samples - (known.get(address) ?? 0);
  return after.reduce<TranslatedPage | undefined>(
    (best, page) => (gained(page) > (best ? gained(best) : 0) ? page : best),
    undefined,
  );
}

/** Counts lines and computes a digest, then looks at the hottest pages. */
async function record(bench: Bench, { machine }: Roles): Promise<LensData> {
  const { openLens } = await import("../lens.ts");
  const lens = await openLens();
  const { port, run } = await bench.machine(machine);
  port.watch(1000);
  for (const load of Object.values(lensLoads)) await run(load);
  const pages: LensData["pages"] = [];
  for (const page of hotPages(await port.query({ of: "translations" })).slice(0, RECORDED_PAGES)) {
    const translation = await port.query({ of: "translation", address: page.address });
    if (translation) pages.push({ page, view: lens.look(page, translation) });
  }
  port.watch(0);
  return { pages };
}

export const translationLens: Instrument<LensData> = {
  id: "translation-lens",
  ...oneMachine,
  schema: dataSchema,
  record,
};
