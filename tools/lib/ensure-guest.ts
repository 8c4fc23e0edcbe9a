import { runTool, secondsSince } from "./child.ts";

/** Builds the machines where they are missing or out of date. @returns whether they are there */
export async function ensureGuest(): Promise<boolean> {
  console.log(
    "Looking after the machines (the first time this compiles two Linux kernels, about ten minutes on two cores)…",
  );
  const start = performance.now();
  const { code } = await runTool("guest");
  if (code === 0) console.log(`The machines are ready, after ${secondsSince(start)}.`);
  else console.error(`The machines could not be built: "npm run guest" ended with status ${code}.`);
  return code === 0;
}
