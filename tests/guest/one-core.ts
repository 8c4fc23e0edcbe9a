import { afterAll } from "vitest";
import { takeCore } from "../../tools/test/cores.ts";

/** Before each file: its machines keep a core busy, which others of `npm test` must not use. */
const giveBack = await takeCore();
afterAll(giveBack);
