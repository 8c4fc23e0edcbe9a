import { fileURLToPath } from "node:url";

/** The checkout, and the folders in it that more than one tool names. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const EXPERIMENTS = `${ROOT}src/content/experiments`;
export const GUEST = `${ROOT}public/images/guest`;
export const TRANSCRIPTS = `${ROOT}src/content/transcripts`;
export const INSTRUMENTS = `${ROOT}src/content/instruments`;
export const BENCH = `${ROOT}src/content/bench.json`;
export const EXERCISES = `${ROOT}src/content/exercises`;
export const ANSWERS = `${ROOT}src/content/answers`;
export const CLAIMS = `${ROOT}src/content/claims`;
export const IMAGE_RECIPES = `${ROOT}guest/oci`;
export const DOCS = `${ROOT}src/content/docs`;
