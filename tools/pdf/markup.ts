/** Text as Typst markup: a string literal, so that no character of it means anything. */
export function text(value: string): string {
  return value === "" ? "" : `#${string(value)};`;
}

/** Text in which backquotes stand around commands, as Typst markup; the marks of emphasis are dropped. */
export function marked(value: string): string {
  return value
    .split("`")
    .map((part, index) =>
      index % 2 === 1 ? `#raw(${string(part)});` : text(part.replaceAll(/\*(\S.*?)\*/g, "$1")),
    )
    .join("");
}

/** A Typst string literal. */
export function string(value: string): string {
  const escaped = value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  return `"${escaped}"`;
}

/** A call in markup: `#name(args)[body]`. Arguments are Typst code; those without a value are left out. */
export function call(
  name: string,
  args: Record<string, string | undefined>,
  ...bodies: string[]
): string {
  const given = Object.entries(args).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}: ${value}`],
  );
  const content = bodies.map((body) => `[${body}]`).join("");
  return `#${name}(${given.join(", ")})${content};`;
}

/** Something to refer to, right after what it names. */
export function label(name: string): string {
  return `#label(${string(name)});`;
}

/** A link to a label of this document, or to an address. */
export function link(target: { label: string } | { url: string }, body: string): string {
  const to = "label" in target ? `label(${string(target.label)})` : string(target.url);
  return `#link(${to})[${body}];`;
}

/**
 * Program text in lines that fit: longer ones go on in the next line, behind a mark.
 * @param columns how many Latin letters a line has room for; a Han character takes two
 */
export function fitted(code: string, columns: number): string {
  return code
    .replace(/\n$/, "")
    .split("\n")
    .flatMap((line) => broken(line, columns))
    .join("\n");
}

/** At the start of a line that continues the one above. */
const CONTINUES = "» ";

function broken(line: string, columns: number): string[] {
  const lines: string[] = [];
  let current = "";
  let used = 0;
  for (const character of line) {
    const width =
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/.test(
        character,
      )
        ? 2
        : 1;
    if (used + width > columns) {
      lines.push(current);
      current = CONTINUES;
      used = CONTINUES.length;
    }
    current += character;
    used += width;
  }
  return [...lines, current];
}
