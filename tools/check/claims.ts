import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseMdx } from "../../src/book/mdx.ts";
import { readAuthored } from "../../src/lab/authored.ts";
import { type Claim, claimSchema } from "../../src/lab/claim.ts";
import type { Experiment } from "../../src/lab/schema.ts";
import { judgeTranscript } from "../../src/lab/transcript.ts";
import { CLAIMS, DOCS, EXPERIMENTS, TRANSCRIPTS } from "../lib/paths.ts";
import { loadExperiments, readTranscript } from "./content.ts";
import { idsOf } from "./parts.ts";

/** Claims and experiments name each other, and every card in a chapter has evidence that holds. */
export async function checkClaims(): Promise<string[]> {
  const [claims, experiments] = await Promise.all([
    loadClaims(CLAIMS),
    loadExperiments(EXPERIMENTS),
  ]);
  return [...mismatches(claims, experiments), ...(await unsupportedCards(claims, experiments))];
}

/** All claims in `folder`, by id. @throws AuthorError with line and field of a wrong one */
export async function loadClaims(folder: string): Promise<Map<string, Claim>> {
  const files = (await readdir(folder)).filter((name) => name.endsWith(".yaml")).sort();
  const claims = files.map(
    async (name) =>
      [name.replace(/\.yaml$/, ""), await readAuthored(join(folder, name), claimSchema)] as const,
  );
  return new Map(await Promise.all(claims));
}

/** Where a claim lists an experiment that does not name it, or the other way round. */
export function mismatches(
  claims: ReadonlyMap<string, Claim>,
  experiments: ReadonlyMap<string, Pick<Experiment, "claims">>,
): string[] {
  const listed = [...claims].flatMap(([claim, { experiments: ids }]) =>
    ids.map((id) => [claim, id] as const),
  );
  const named = [...experiments].flatMap(([id, { claims: ids }]) =>
    ids.map((claim) => [claim, id] as const),
  );
  const fromClaims = listed.flatMap(([claim, id]) => {
    const experiment = experiments.get(id);
    if (!experiment) return [`claims/${claim}.yaml lists "${id}": there is no such experiment`];
    return experiment.claims.includes(claim)
      ? []
      : [
          `claims/${claim}.yaml lists "${id}", whose claims do not include "${claim}": add it there`,
        ];
  });
  const fromExperiments = named.flatMap(([claim, id]) => {
    const known = claims.get(claim);
    if (!known) return [`experiments/${id} names the claim "${claim}": there is no such claim`];
    return known.experiments.includes(id)
      ? []
      : [`experiments/${id} names "${claim}"; list "${id}" in claims/${claim}.yaml`];
  });
  return [...fromClaims, ...fromExperiments];
}

async function unsupportedCards(
  claims: ReadonlyMap<string, Claim>,
  experiments: ReadonlyMap<string, Experiment>,
): Promise<string[]> {
  const chapters = (await readdir(DOCS, { recursive: true })).filter((name) =>
    name.endsWith(".mdx"),
  );
  const troubles = chapters.map(async (name) => {
    const file = join(DOCS, name);
    const { ids, unreadable } = idsOf(parseMdx(await readFile(file, "utf8"), file), "Claim");
    const found = await Promise.all(ids.map((id) => cardTrouble(id, claims.get(id), experiments)));
    return [...unreadable, ...found.flat()].map((trouble) => `docs/${name}: ${trouble}`);
  });
  return (await Promise.all(troubles)).flat();
}

async function cardTrouble(
  id: string,
  claim: Claim | undefined,
  experiments: ReadonlyMap<string, Experiment>,
): Promise<string[]> {
  if (!claim) return [`<Claim id="${id}">: there is no such claim`];
  if (claim.experiments.length === 0)
    return [`<Claim id="${id}">: no experiment shows it; a card in a chapter needs one`];
  const troubles = claim.experiments.map(async (name) => {
    const experiment = experiments.get(name);
    const transcript = experiment && (await readTranscript(TRANSCRIPTS, name));
    if (!experiment || !transcript)
      return `<Claim id="${id}">: "${name}" has not been recorded: npm run record -- ${name}`;
    return judgeTranscript(experiment, transcript).verdict.ok
      ? []
      : `<Claim id="${id}">: "${name}" does not hold: npm run experiment -- ${name}`;
  });
  return (await Promise.all(troubles)).flat();
}
