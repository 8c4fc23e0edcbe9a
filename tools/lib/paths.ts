import { fileURLToPath } from "node:url";

/** The checkout, and the folders in it that more than one tool names. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const EXPERIMENTS = `${ROOT}src/content/experiments`;
export const GUEST = `${ROOT}public/images/guest`;
