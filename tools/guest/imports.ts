import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";

/**
 * The modules of this repository that run when a module does: itself and whatever it imports, directly
 * or not, but not for its types alone. Packages are left out: what they decide is told by a version or
 * a hash.
 * @param root  the repository
 * @param entries  paths from there: `tools/guest/snapshot.ts`
 * @returns paths from there, sorted
 */
export function modulesOf(root: string, entries: readonly string[]): string[] {
  const found = new Set<string>();
  const visit = (path: string) => {
    if (found.has(path)) return;
    found.add(path);
    for (const name of importsOfFile(join(root, path)))
      if (name.startsWith(".")) visit(relative(root, join(root, dirname(path), name)));
  };
  entries.forEach(visit);
  return [...found].sort();
}

/**
 * Scripts of the build that decide no byte of what is built: they hold messages, places and how things
 * are fetched, or read what is in a key by itself, as recipes and the lock are.
 */
const NEUTRAL: ReadonlySet<string> = new Set(
  [
    ...["cache", "errors", "imports", "licences", "lock", "mirror", "progress", "recipe", "run"],
    ...["oci/plan", "oci/recipe"],
  ].map((name) => `tools/guest/${name}.ts`),
);

/** Where modules are that decide what is built: the build's own, and those of the shared tree's format. */
const DECISIVE = /^(?:tools\/guest|src\/machine\/share)\//;

/**
 * The scripts that decide the bytes of what some of them build: with what they import, which has no
 * say only if it is known to have none.
 * @param builders  modules in `tools/guest` that build: `rootfs`
 * @returns paths from `root`, sorted
 */
export function scriptsOf(root: string, builders: readonly string[]): string[] {
  const modules = modulesOf(
    root,
    builders.map((name) => `tools/guest/${name}.ts`),
  );
  return modules.filter((path) => DECISIVE.test(path) && !NEUTRAL.has(path));
}

/** What has been read: what runs is what a file was when this process began. */
const known = new Map<string, readonly string[]>();

function importsOfFile(file: string): readonly string[] {
  const imports = known.get(file) ?? importsOf(readFileSync(file, "utf8"));
  known.set(file, imports);
  return imports;
}

/** What a module imports when it runs. */
export function importsOf(text: string): string[] {
  const names: string[] = [];
  const visit = (node: ts.Node) => {
    const from = source(node);
    if (from && ts.isStringLiteralLike(from)) names.push(from.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("module.ts", text, ts.ScriptTarget.ESNext));
  return names;
}

/** Where an import, a re-export or a call of `import()` is from. */
function source(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node))
    return node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
      ? undefined
      : node.moduleSpecifier;
  if (ts.isExportDeclaration(node)) return node.isTypeOnly ? undefined : node.moduleSpecifier;
  const called = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
  return called ? node.arguments[0] : undefined;
}
