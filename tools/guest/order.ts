import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { MachineRecipe } from "./recipe.ts";

const EXPERIMENTS = "src/content/experiments";
const ROLES = "src/content/machines.json";

/**
 * The machines in the order in which they are built: what most experiments of the book run on comes
 * first, so that a reader waits for as little as possible; large ones, which take longest, come last.
 */
export function inOrder<T extends { recipe: Pick<MachineRecipe, "name"> }>(
  root: string,
  machines: readonly T[],
): T[] {
  const uses = usesOf(root);
  const apart = apartOf(root);
  const count = ({ recipe }: T) => uses.get(recipe.name) ?? 0;
  const late = ({ recipe }: T) => Number(apart.includes(recipe.name));
  return machines.toSorted(
    (a, b) => late(a) - late(b) || count(b) - count(a) || (a.recipe.name < b.recipe.name ? -1 : 1),
  );
}

/** Large machines, as the book's content names them. */
function apartOf(root: string): readonly string[] {
  const file = join(root, ROLES);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")).apart ?? []) : [];
}

/** How many experiments run on a machine. Where there is no book, as in a container, there are none. */
function usesOf(root: string): Map<string, number> {
  const folder = join(root, EXPERIMENTS);
  const uses = new Map<string, number>();
  if (!existsSync(folder)) return uses;
  for (const file of globSync("*/experiment.yaml", { cwd: folder })) {
    const { terminals } = parse(readFileSync(join(folder, file), "utf8")) ?? {};
    const machines = Object.values<{ machine?: string }>(terminals ?? {}).map(
      ({ machine }) => machine,
    );
    for (const machine of new Set(machines))
      if (machine !== undefined) uses.set(machine, (uses.get(machine) ?? 0) + 1);
  }
  return uses;
}
