import { checkClaims } from "./check/claims.ts";
import { checkInstruments } from "./check/instruments.ts";
import { checkTranscripts } from "./check/transcripts.ts";

/** `npm run check`: what the book says, held against what is there. Each line says how to mend it. */
const rules = { claims: checkClaims, transcripts: checkTranscripts, instruments: checkInstruments };
let found = 0;
for (const [name, rule] of Object.entries(rules)) {
  const troubles = await rule();
  found += troubles.length;
  console.log(`${troubles.length === 0 ? "✓" : "✗"} ${name}`);
  for (const trouble of troubles) console.log(`    ${trouble}`);
}
process.exitCode = found === 0 ? 0 : 1;
