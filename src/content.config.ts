import { defineCollection } from "astro:content";
import { docsLoader, i18nLoader } from "@astrojs/starlight/loaders";
import { docsSchema, i18nSchema } from "@astrojs/starlight/schema";
import { file, glob } from "astro/loaders";
import { z } from "astro/zod";
import { parse } from "yaml";
import { eventSchema } from "./book/event.ts";
import { machineTrouble } from "./book/machines.ts";
import { termSchema } from "./book/term.ts";
import en from "./content/i18n/en.json";
import { claimSchema } from "./lab/claim.ts";
import { exerciseSchema } from "./lab/exercise.ts";
import { recordingSchema } from "./lab/instruments/instrument.ts";
import { experimentSchema } from "./lab/schema.ts";
import { predictionSchema } from "./lab/step.ts";
import { transcriptSchema } from "./lab/transcript.ts";

/** The English file names the keys; every language must have each of them. */
const uiText = z.object(
  Object.fromEntries(Object.keys(en).map((key) => [key, z.string().min(1)])) as Record<
    keyof typeof en,
    z.ZodString
  >,
);

export const collections = {
  docs: defineCollection({
    loader: docsLoader(),
    schema: docsSchema({
      extend: z.object({
        /** Hashes of the other language's sections when both last said the same; see `npm run check`. */
        aligned: z.array(z.string()).optional(),
        /** A draft: the site marks it, and it may still lack exercises, answers and its other language's assent. */
        unfinished: z.boolean().optional(),
        /** What readers ask that this chapter answers, in their words: the search finds it by them. */
        asked: z.array(z.string()).optional(),
      }),
    }),
  }),
  experiments: defineCollection({
    loader: glob({
      base: "src/content/experiments",
      pattern: "*/experiment.yaml",
      generateId: ({ entry }) => entry.replace("/experiment.yaml", ""),
    }),
    schema: experimentSchema.superRefine(({ terminals }, context) => {
      for (const [name, { machine }] of Object.entries(terminals)) {
        const message = machineTrouble(machine);
        const path = ["terminals", name, "machine"];
        if (message !== undefined) context.addIssue({ code: "custom", path, message });
      }
    }),
  }),
  transcripts: defineCollection({
    loader: glob({
      base: "src/content/transcripts",
      pattern: "*/run.json",
      generateId: ({ entry }) => entry.replace("/run.json", ""),
    }),
    schema: transcriptSchema,
  }),
  claims: defineCollection({
    loader: glob({ base: "src/content/claims", pattern: "*.yaml" }),
    schema: claimSchema,
  }),
  instruments: defineCollection({
    loader: glob({ base: "src/content/instruments", pattern: "*.json" }),
    schema: recordingSchema,
  }),
  glossary: defineCollection({
    loader: file("src/content/glossary/terms.yaml"),
    schema: termSchema,
  }),
  history: defineCollection({
    loader: file("src/content/history/events.yaml", {
      parser: (text) =>
        (parse(text) as { date: string }[]).map((event, index) => ({
          id: `${event.date}-${index}`,
          ...event,
        })),
    }),
    schema: eventSchema.extend({ id: z.string() }),
  }),
  exercises: defineCollection({
    loader: glob({ base: "src/content/exercises", pattern: "*.yaml" }),
    schema: exerciseSchema.superRefine(({ machine }, context) => {
      const message = machineTrouble(machine);
      if (message !== undefined) context.addIssue({ code: "custom", path: ["machine"], message });
    }),
  }),
  guesses: defineCollection({
    loader: glob({ base: "src/content/guesses", pattern: "*.yaml" }),
    schema: predictionSchema,
  }),
  i18n: defineCollection({ loader: i18nLoader(), schema: i18nSchema({ extend: uiText }) }),
};
