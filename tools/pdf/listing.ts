import { readFile, writeFile } from "node:fs/promises";
import { writtenChapters } from "../../src/book/chapters.ts";
import type { Language } from "../../src/lab/step.ts";
import { bytesText } from "../../src/ui/bytes.ts";
import { fill, words } from "./words.ts";

/** A file that was made: its name below `pdf/`, bytes and pages. */
export interface Made {
  name: string;
  bytes: number;
  pages: number;
}

/**
 * Puts the list of files into a built site's page about printing, in the place it keeps for them.
 * @param base  the path below which the site was built
 */
export async function listFiles(
  page: string,
  language: Language,
  made: readonly Made[],
  date: Date,
  base: string,
): Promise<void> {
  const { title, answers, file } = words(language);
  const titles = new Map([
    [`one-kernel.${language}.pdf`, title],
    [`one-kernel.${language}.answers.pdf`, answers],
    ...writtenChapters().map(
      (chapter) => [`${language}/${chapter.slug}.pdf`, chapter.title[language]] as const,
    ),
  ]);
  const items = made.map(({ name, bytes, pages }) => {
    const facts = fill(file, {
      pages: String(pages),
      size: bytesText(bytes, language),
      date: date.toISOString().slice(0, 10),
    });
    return `<li><a href="${base}pdf/${name}">${titles.get(name) ?? name}</a>${language === "en" ? " " : ""}${facts}</li>`;
  });
  const html = await readFile(page, "utf8");
  const place = /(<div data-pdf-files[^>]*>).*?(<\/div>)/s;
  if (!place.test(html)) throw new Error(`${page}: no place for the list of files`);
  await writeFile(page, html.replace(place, `$1<ul>${items.join("")}</ul>$2`));
}
