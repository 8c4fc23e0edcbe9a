import { references } from "../book/references.ts";

/** All sources as CSL-JSON. */
export const GET = () => Response.json([...references.values()]);
