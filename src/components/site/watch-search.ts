import { importTrouble, type ScriptTrouble, scriptTrouble } from "../../machine/script-trouble.ts";

/** What the search's own interface loads, and never says when it cannot. */
interface Pagefind {
  /** Needs the list, the index's head and the engine, and so fails when one of them is missing. */
  filters(): Promise<unknown>;
}

/**
 * For so long the dialog may stand without its field: longer than a server takes that answers at all
 * (`script-trouble.ts`).
 */
const FIELD_MS = 10_000;
/** Parts of the index, one of which is fetched for each word. */
const INDEX_PART = /\.pf_index$/;

/**
 * Says in the search's dialog why it does not answer: its own interface says “searching…” for ever
 * when a file is missing, and “nothing found” when a part of the index is, or when it has been made
 * anew since. While the interface itself is on its way, the dialog is empty.
 */
export function watchSearch(): void {
  const box = document.querySelector<HTMLElement>("ok-search-trouble");
  const dialog = document.querySelector<HTMLDialogElement>("site-search dialog");
  const { pagefind: folder, files } = box?.dataset ?? {};
  if (!box || !dialog || !folder || !files) return;
  dialog.querySelector(".dialog-frame")?.append(box);
  box.querySelector("button")?.addEventListener("click", () => location.reload());

  const absolute = (path: string) => new URL(folder + path, location.href).href;
  const show = ({ code }: Pick<ScriptTrouble, "code"> | { code: "slow" }) => {
    const text = box.querySelector<HTMLTemplateElement>(`[data-code="${code}"]`);
    box.hidden = false;
    box.querySelector("[role=alert]")?.replaceChildren(text?.content.cloneNode(true) ?? "");
  };
  const answer = () => dialog.querySelector(".pagefind-ui__message")?.textContent;
  const nothingFound = () => !!answer() && !dialog.querySelector(".pagefind-ui__result");
  let index: string | undefined;
  /** Whether all parts of the index have been seen. */
  let whole = false;
  const findTrouble = async (): Promise<ScriptTrouble | undefined> => {
    const url = absolute("pagefind.js");
    try {
      // The same module as the interface's: a browser loads a script once.
      const pagefind = (await import(/* @vite-ignore */ url)) as Pagefind;
      await pagefind.filters();
    } catch (thrown) {
      return importTrouble(thrown, location.href, url);
    }
    const now = await indexNow(absolute("pagefind-entry.json"));
    index ??= now;
    if (now !== undefined && now !== index)
      return { code: "stale", params: { file: "pagefind-entry.json" } };
    if (whole || !nothingFound()) return undefined;
    const parts = await indexParts(files);
    // The list is only for this: where it cannot be read, nothing is known, and it is asked for again.
    if (!parts) return undefined;
    const missing = await firstMissing(parts.map((path) => absolute(`../${path}`)));
    whole = missing === undefined;
    return missing === undefined ? undefined : scriptTrouble(missing, location.href);
  };
  let latest = 0;
  const check = async () => {
    latest += 1;
    const mine = latest;
    const trouble = await findTrouble();
    // What was found out before the reader went on says nothing of now.
    if (mine !== latest) return;
    if (trouble) show(trouble);
    else box.hidden = true;
  };
  let slow: ReturnType<typeof setTimeout> | undefined;
  const isEmpty = () => dialog.open && !dialog.querySelector("input");
  new MutationObserver(() => {
    clearTimeout(slow);
    if (isEmpty()) slow = setTimeout(() => isEmpty() && show({ code: "slow" }), FIELD_MS);
  }).observe(dialog, { attributeFilter: ["open"] });
  // Each time the dialog is opened, the reader gets to its field.
  dialog.addEventListener("focusin", ({ target }) => {
    if (target instanceof HTMLInputElement) void check();
  });
  // “Nothing found” is true only of an index that is there whole; and what is told may be over.
  let answered: string | null | undefined;
  new MutationObserver(() => {
    // The interface has come after all.
    if (!box.hidden && slow !== undefined && !isEmpty()) {
      slow = undefined;
      void check();
    }
    if (answer() === answered) return;
    answered = answer();
    if (nothingFound() || !box.hidden) void check();
  }).observe(dialog, { childList: true, subtree: true, characterData: true });
  // A result's text is fetched when it is shown.
  addEventListener("unhandledrejection", ({ reason }) => {
    const [missing] = /\/\S*pagefind\/\S+/.exec(String(reason)) ?? [];
    if (missing) void scriptTrouble(new URL(missing, location.href).href, location.href).then(show);
  });
}

/** The parts of the index, as paths below the site's base, in the list of all that the search reads. */
async function indexParts(list: string): Promise<string[] | undefined> {
  const response = await fetch(list).catch(Response.error);
  if (!response.ok) return undefined;
  return ((await response.json()) as string[]).filter((path) => INDEX_PART.test(path));
}

/** The first of these that is not to be had. */
async function firstMissing(urls: readonly string[]): Promise<string | undefined> {
  for (const url of urls) if (!(await fetch(url).catch(Response.error)).ok) return url;
  return undefined;
}

/** The list of indexes as the site has it now; undefined without a network. */
async function indexNow(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { cache: "no-cache" });
    return response.ok ? await response.text() : undefined;
  } catch {
    return undefined;
  }
}
