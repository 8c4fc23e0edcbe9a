import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { NodeCompiler } from "@myriaddreamin/typst-ts-node-compiler";
import { fromHtml } from "hast-util-from-html";
import sharp from "sharp";
import { filesBelow } from "../lib/files.ts";
import { ROOT } from "../lib/paths.ts";
import { TypesetError } from "../pdf/compile.ts";
import { string } from "../pdf/markup.ts";
import { find } from "../pdf/tree.ts";
import { words } from "../pdf/words.ts";

const FONTS = ["Regular", "Bold"].map(
  (weight) => `/usr/share/fonts/opentype/noto/NotoSansCJK-${weight}.ttc`,
);
/** What the pictures need of the operating system. */
export const PICTURE_FONTS = FONTS.map((file) => ({ file, package: "fonts-noto-cjk" }));
/** Folder of the pictures below the site. */
export const SHARING = "sharing";
/** A page in a language: `en/rings/index.html`. */
const PAGE = /^(zh|en)\/(.*)index\.html$/;

/**
 * Makes each page's picture for where its address is shared, in the page's language, from what its head
 * says: `sharing/en/rings.png` for `en/rings/index.html`.
 * @param site  folder of the built site
 * @returns how many
 * @throws TypesetError
 */
export async function writePictures(site: string): Promise<number> {
  const fontBlobs = await Promise.all(FONTS.map((file) => readFile(file)));
  const compiler = NodeCompiler.create({ fontArgs: [{ fontBlobs }] });
  const template = await readFile(join(ROOT, "tools/sharing/picture.typ"), "utf8");
  const pages = (await filesBelow(site)).filter((path) => PAGE.test(path));
  for (const page of pages) {
    const [, locale, folder = ""] = PAGE.exec(page) ?? [];
    const head = headOf(await readFile(join(site, page), "utf8"));
    const outcome = compiler.compile({
      mainFileContent: filled(template, {
        LANG: String(locale),
        BOOK: head.get("og:site_name") ?? "",
        TITLE: head.get("og:title") ?? "",
        DESCRIPTION: shortened(head.get("og:description") ?? ""),
        PROMISE: words(locale === "zh" ? "zh" : "en").promise,
      }),
    });
    const trouble = outcome.takeDiagnostics();
    if (!outcome.result)
      throw new TypesetError(
        `${page}: ${JSON.stringify(trouble && compiler.fetchDiagnostics(trouble))}`,
      );
    const file = join(site, SHARING, String(locale), `${folder.slice(0, -1) || "index"}.png`);
    await mkdir(dirname(file), { recursive: true });
    const drawn = Buffer.from(compiler.plainSvg(outcome.result));
    // Few colours: a palette makes it a third of the size.
    await writeFile(file, await sharp(drawn).resize(1200, 630).png({ palette: true }).toBuffer());
  }
  return pages.length;
}

/** Three lines of the picture: a Han character is as wide as two Latin letters. */
const LINES = 3 * 62;
const width = (text: string) => text.length + (text.match(/[\u2e80-\uffef]/g)?.length ?? 0);

/** As many whole sentences as the picture has room for; of a first one that is longer, its beginning. */
export function shortened(text: string): string {
  const sentences = text.split(/(?<=[.?!]) |(?<=[。？！])/);
  let kept = "";
  for (const sentence of sentences) {
    const space = kept && !/[。？！]$/.test(kept) ? " " : "";
    if (width(kept + space + sentence) > LINES) break;
    kept += space + sentence;
  }
  if (kept) return kept;
  const parts = [...new Intl.Segmenter("zh", { granularity: "word" }).segment(text)];
  let cut = "";
  for (const { segment } of parts) {
    if (width(cut + segment) >= LINES) break;
    cut += segment;
  }
  return `${cut.trimEnd()}…`;
}

/** The Open Graph's words in a page's head. */
function headOf(page: string): ReadonlyMap<string, string> {
  const head = fromHtml(page.slice(0, page.indexOf("</head>")));
  const metas = find(head, ({ tagName }) => tagName === "meta");
  return new Map(
    metas.map(({ properties }) => [String(properties.property), String(properties.content)]),
  );
}

function filled(template: string, values: Record<string, string>): string {
  const names = new RegExp(`\\b(${Object.keys(values).join("|")})\\b(?!\`)`, "g");
  return template.replaceAll(names, (name) => string(values[name] ?? ""));
}
