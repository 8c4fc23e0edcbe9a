import { parseArgs } from "node:util";
import { chapters, isDraft } from "../src/book/chapters.ts";
import { AuthorError } from "../src/lab/authored.ts";
import { align, checkChapters } from "./check/chapters.ts";
import { checkClaims } from "./check/claims.ts";
import { checkControls } from "./check/controls.ts";
import { checkInstruments } from "./check/instruments.ts";
import { checkMachines } from "./check/machines.ts";
import { checkSources } from "./check/sources.ts";
import { checkSpelling } from "./check/spelling.ts";
import { checkTranscripts } from "./check/transcripts.ts";
import { checkTypography } from "./check/typography.ts";

/**
 * `npm run check`: what the book says, held against what is there. Each line says how to mend it.
 * `npm run check -- --aligned <chapter>` notes that both languages of a chapter say the same.
 */
const { values } = parseArgs({ options: { aligned: { type: "string", multiple: true } } });
for (const slug of values.aligned ?? []) await align(slug);

const rules = {
  claims: checkClaims,
  controls: checkControls,
  transcripts: checkTranscripts,
  machines: checkMachines,
  instruments: checkInstruments,
  chapters: checkChapters,
  sources: checkSources,
  typography: checkTypography,
  spelling: checkSpelling,
};
let found = 0;
for (const [name, rule] of Object.entries(rules)) {
  const troubles = await rule().catch(troublesOf);
  found += troubles.length;
  console.log(`${troubles.length === 0 ? "✓" : "✗"} ${name}`);
  for (const trouble of troubles) console.log(`    ${trouble}`);
}
/** What an author can mend is a trouble like the others. */
function troublesOf(thrown: unknown): readonly string[] {
  if (thrown instanceof AuthorError) return thrown.troubles;
  throw thrown;
}

// What cannot be read has been told above.
const drafts = found === 0 ? chapters().filter(isDraft) : [];
if (drafts.length > 0) console.log(`· drafts: ${drafts.map(({ slug }) => slug).join(", ")}`);
process.exitCode = found === 0 ? 0 : 1;
