import { readFile } from "node:fs/promises";
import type { Element } from "hast";
import { writtenChapters } from "../../src/book/chapters.ts";
import type { Language } from "../../src/lab/step.ts";
import { ROOT } from "../lib/paths.ts";
import { answersOf } from "./answers.ts";
import { type Page, type Places, Writer } from "./convert.ts";
import { string, text } from "./markup.ts";
import type { BuiltSite } from "./site.ts";
import { classesOf, find } from "./tree.ts";
import { fill, words } from "./words.ts";

/** What stands behind the chapters. */
const APPENDICES = ["glossary", "references"];

export interface BookOptions {
  language: Language;
  /** The site's address with its base path and a final slash, where it is known. */
  address: string | undefined;
  /** What the imprint says the book is of. */
  date: Date;
  /** Version of the book, from package.json. */
  version: string;
  /** Machines that the recordings were made on, with the beginning of their input hashes. */
  machines: readonly string[];
}

/** A document for Typst, and the name of the file that it becomes. */
export interface Document {
  name: string;
  source: string;
}

/**
 * The whole book of a language, its answer key, and each of its chapters by itself.
 * @throws ConvertError at what has no place on paper yet
 */
export async function documentsOf(site: BuiltSite, options: BookOptions): Promise<Document[]> {
  const { language } = options;
  const chapters = writtenChapters().map(({ slug }) => slug);
  const pages = await Promise.all(
    [...chapters, ...APPENDICES].map((slug) => site.page(language, slug)),
  );
  const front = await frontMatter(options);
  const one = (title: string, body: string) => `${front(title)}\n\n${body}\n`;
  const singles = pages
    .filter(({ slug }) => chapters.includes(slug))
    .map((page) => {
      const places = placesOf([page], options);
      const number = chapters.indexOf(page.slug) + 1;
      return {
        name: `${language}/${page.slug}`,
        source: one(page.title, chapter(page, places, number)),
      };
    });
  const places = placesOf(pages, options);
  const bodies = pages.map((page) => {
    const number = chapters.indexOf(page.slug) + 1;
    return chapter(page, places, number === 0 ? undefined : number);
  });
  const { title } = words(language);
  const whole = one(title, [...bodies, ...indexes(pages, language)].join("\n\n"));
  const key = one(words(language).answers, await answersOf(language));
  return [
    { name: `one-kernel.${language}`, source: whole },
    { name: `one-kernel.${language}.answers`, source: key },
    ...singles,
  ];
}

function placesOf(pages: readonly Page[], { language, address }: BookOptions): Places {
  return {
    language,
    site: address,
    inside: new Set(pages.map(({ slug }) => slug)),
    experiments: new Set(pages.flatMap(({ content }) => experimentsIn(content)).map(nameOf)),
    printed: new Set(),
  };
}

function chapter(page: Page, places: Places, number: number | undefined): string {
  const args = `${string(page.slug)}, ${number ?? "none"}, [${text(page.title)}]`;
  return `#chapter(${args});\n\n${new Writer(page, places).write()}`;
}

/** Where each experiment and each claim is printed. */
function indexes(pages: readonly Page[], language: Language): string[] {
  const { experiments, claims } = words(language);
  const titles = new Map<string, string>();
  const said = new Map<string, string>();
  for (const page of pages) {
    for (const element of experimentsIn(page.content)) {
      const [title] = find(element, ({ tagName }) => tagName === "h3");
      const name = `experiment:${nameOf(element)}`;
      if (title && !titles.has(name)) titles.set(name, inner(title));
    }
    for (const element of find(page.content, hasClass("ok-claim"))) {
      const [words] = find(element, hasClass("ok-claim-said"));
      const claim = `${page.slug}#${String(element.properties.id)}`;
      if (words && ![...said.values()].includes(inner(words))) said.set(claim, inner(words));
    }
  }
  return [index("experiments-index", experiments, titles), index("claims-index", claims, said)];
}

function index(slug: string, title: string, lines: ReadonlyMap<string, string>): string {
  const entries = [...lines].map(
    ([name, line]) => `#index-line(label(${string(name)}), [${text(line)}]);`,
  );
  return `#chapter(${string(slug)}, none, [${text(title)}]);\n\n${entries.join("\n\n")}`;
}

async function frontMatter(options: BookOptions): Promise<(title: string) => string> {
  const { language, address, date, version, machines } = options;
  const { subtitle, imprint: imprintOf, ...strings } = words(language);
  const day = date.toISOString().slice(0, 10);
  const imprint = {
    date: day,
    version,
    machines: machines.join(", "),
    ...(address && { site: address }),
  };
  const lines = imprintOf(address !== undefined).map((line) => fill(line, imprint));
  const template = await readFile(`${ROOT}tools/pdf/template.typ`, "utf8");
  const [year, month, dayOfMonth] = day.split("-").map(Number);
  const named = Object.entries(strings).map(([key, value]) => `${key}: ${string(value)}`);
  return (title) => `${template}
#show: book.with(
  title: ${string(title)}, subtitle: ${string(subtitle)}, language: ${string(language)},
  imprint: [${lines.map(text).join("\n\n")}], strings: (${named.join(", ")}),
  date: datetime(year: ${year}, month: ${month}, day: ${dayOfMonth}),
)`;
}

const hasClass = (name: string) => (element: Element) => classesOf(element).includes(name);

function experimentsIn(content: Element): Element[] {
  return find(content, ({ properties }) => properties.dataExperiment !== undefined);
}

function nameOf({ properties }: Element): string {
  return String(properties.dataExperiment);
}

function inner(element: Element): string {
  return element.children
    .map((child) =>
      child.type === "text" ? child.value : child.type === "element" ? inner(child) : "",
    )
    .join("");
}
