import { expect, type Page, test } from "@playwright/test";
import { writtenChapters } from "../../src/book/chapters.ts";
import { CHINESE, ENGLISH } from "./fixtures/lab.ts";
import { QUESTIONS_OF_OTHERS } from "./fixtures/questions.ts";

/** The questions that readers are likely to bring, in their own words, and the chapter that answers. */
const QUESTIONS = {
  en: {
    "difference between docker and a virtual machine": "question",
    "why are containers lighter than virtual machines": "question",
    "does a container have its own kernel": "question",
    "can a container run windows": "question",
    "what is a hypervisor": "hypervisors",
    "type 1 and type 2 hypervisor": "hypervisors",
    "binary translation": "hypervisors",
    "why could x86 not be virtualised": "hypervisors",
    "what are protection rings": "rings",
    "what does a system call do": "rings",
    "is root in a container root on the host": "rings",
    "how long does a vm take to boot": "booting",
    "reset vector": "booting",
    "snapshot restore": "booting",
    "what is a namespace": "namespaces",
    "pid 1 in a container": "namespaces",
    "how does a container get its own network": "namespaces",
    "what is in a docker image": "images",
    overlayfs: "images",
    "works on my machine": "images",
  },
  zh: {
    docker和虚拟机有什么区别: "question",
    容器为什么比虚拟机轻: "question",
    容器有自己的内核吗: "question",
    容器能运行windows吗: "question",
    什么是虚拟机监控器: "hypervisors",
    一型和二型: "hypervisors",
    二进制翻译: "hypervisors",
    x86为什么不能虚拟化: "hypervisors",
    特权级: "rings",
    系统调用是什么: "rings",
    容器里的root: "rings",
    虚拟机启动要多久: "booting",
    复位向量: "booting",
    快照恢复: "booting",
    什么是命名空间: "namespaces",
    容器里的1号进程: "namespaces",
    容器怎么有自己的网络: "namespaces",
    镜像里有什么: "images",
    overlayfs: "images",
    为什么交付镜像: "images",
  },
} as const;

/** Results that stand on the first screen of the dialog. */
const SEEN = 3;
const SEARCH = { zh: "搜索", en: "Search" };

for (const { lang } of [CHINESE, ENGLISH]) {
  test(`a reader's question leads to its chapter first (${lang})`, async ({ page }) => {
    await page.goto(`${lang}/`);
    await page.getByRole("button", { name: SEARCH[lang] }).click();
    const questions = Object.keys(QUESTIONS[lang]);
    const [first = ""] = questions;
    // The dialog sets its engine up for the first question that is typed into it.
    const seen = await shown(page, first);
    const found = await page.evaluate(resultsOf, { questions, most: SEEN });
    const chapters = questions.map((question) => [question, firstChapter(found[question])]);
    expect(Object.fromEntries(chapters)).toEqual(QUESTIONS[lang]);
    expect(found[first]).toEqual(seen);
  });
}

/** Of forty questions so many may lead to no page that answers them. */
const MISSES = 3;

for (const { lang } of [CHINESE, ENGLISH])
  test(`questions that were not asked for this book lead to a page that answers (${lang})`, async ({
    page,
  }) => {
    await page.goto(`${lang}/`);
    const asked = Object.entries(QUESTIONS_OF_OTHERS[lang]);
    expect(asked.length).toBeGreaterThanOrEqual(40);
    const questions = asked.map(([question]) => question);
    await page.getByRole("button", { name: SEARCH[lang] }).click();
    // The dialog sets its engine up for the first question that is typed into it.
    await shown(page, String(questions[0]));
    const found = await page.evaluate(resultsOf, { questions, most: SEEN });
    const missed = asked.filter(([question, answers]) => {
      const slugs = found[question]?.map((address) => address.split("/").at(-2)) ?? [];
      return !slugs.some((slug) => answers.split(" ").includes(String(slug)));
    });
    const told = missed.map(([question]) => `${question}: ${found[question]?.join(" ")}`);
    expect(missed.length, told.join("\n")).toBeLessThanOrEqual(MISSES);
    // Nobody is left with nothing.
    for (const question of questions) expect(found[question], question).not.toEqual([]);
  });

/** Addresses of the first results for each question, from the engine that the page's dialog asks, too. */
async function resultsOf({ questions, most }: { questions: string[]; most: number }) {
  const folder = document.querySelector<HTMLElement>("ok-search-trouble")?.dataset.pagefind;
  const engine = (await import(new URL(`${folder}pagefind.js`, location.href).href)) as {
    search(text: string): Promise<{ results: { data(): Promise<{ url: string }> }[] }>;
  };
  const found: Record<string, string[]> = {};
  for (const question of questions) {
    const { results } = await engine.search(question);
    const data = await Promise.all(results.slice(0, most).map((result) => result.data()));
    found[question] = data.map(({ url }) => url);
  }
  return found;
}

/** Addresses of the first results in the dialog. */
async function shown(page: Page, question: string): Promise<(string | null)[]> {
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").fill(question);
  await expect(dialog.locator(".pagefind-ui__message")).toContainText(question);
  const links = dialog.locator(".pagefind-ui__result > * > .pagefind-ui__result-title a");
  await expect(links.first()).toBeVisible();
  // A result is a grey bar until its page's text has arrived.
  await expect(dialog.locator(".pagefind-ui__loading")).toHaveCount(0);
  const hrefs = await links.evaluateAll((all) => all.map((link) => link.getAttribute("href")));
  return hrefs.slice(0, SEEN);
}

/** The first chapter among the results that a reader sees without scrolling. */
function firstChapter(addresses: readonly string[] = []): string | undefined {
  const slugs = addresses.map((address) => address.split("/").at(-2));
  return slugs.find((slug) => writtenChapters().some((chapter) => chapter.slug === slug));
}
