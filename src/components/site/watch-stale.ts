import type { ScriptTrouble, scriptTrouble } from "../../machine/script-trouble.ts";

/** The event by which a part of the page tells {@link watchStale} what it has found out itself. */
const TOLD = "one-kernel:script-trouble";

/** Shows the page's box about a file that could not be used. */
export function tellStale(trouble: ScriptTrouble): void {
  window.dispatchEvent(new CustomEvent(TOLD, { detail: trouble }));
}

/** {@link watchStale} as the text of a script that stands alone. */
export function staleScript(find: typeof scriptTrouble): string {
  return `(${watchStale.toString()})(${find.toString()}, ${JSON.stringify(TOLD)});`;
}

/**
 * Listens for scripts and styles of the page that are missing or damaged, as after the site was
 * published anew, and shows the box `ok-stale-page` then. Its text is in the head of every page: it
 * must run before anything can fail, and be there when no other script is. So it stands alone,
 * without imports.
 */
function watchStale(find: typeof scriptTrouble, told: string): void {
  let looking = false;
  const show = ({ code, params: { file } }: ScriptTrouble) => {
    const box = document.querySelector<HTMLElement>("ok-stale-page");
    if (!box || box.matches(":popover-open")) return;
    for (const text of box.querySelectorAll<HTMLElement>("[data-code]"))
      text.hidden = text.dataset.code !== code;
    const name = box.querySelector("code");
    if (name) name.textContent = file;
    // It stands in the same place, and comes again with the page.
    document.querySelector<HTMLElement>("ok-keep-pages:popover-open")?.hidePopover();
    const [now, later] = box.querySelectorAll("button");
    if (now) now.onclick = () => location.reload();
    if (later) later.onclick = () => box.hidePopover();
    box.showPopover();
  };
  const tell = (trouble: ScriptTrouble) => {
    // The box may not have been read yet.
    if (document.readyState !== "loading") show(trouble);
    else document.addEventListener("DOMContentLoaded", () => show(trouble));
  };
  const look = async (address: string) => {
    const { origin, pathname } = new URL(address, location.href);
    // What was there a moment ago is missing for all who want it.
    if (looking || origin !== location.origin) return;
    looking = true;
    const trouble = await find(origin + pathname, location.href);
    looking = false;
    tell(trouble);
  };
  /** Of the file that an error speaks of; the page's, where the browser does not say. */
  const addressIn = (error: unknown) =>
    /https?:\/\/[^\s"')]+|\/\S+\.(?:js|css)/.exec(String(error))?.[0] ?? location.href;

  addEventListener(told, (event) => tell((event as CustomEvent<ScriptTrouble>).detail));
  addEventListener(
    "vite:preloadError",
    (event) => void look(addressIn((event as Event & { payload?: unknown }).payload)),
  );
  // An island that nobody brings to life; its own script is named, or one that this needs.
  addEventListener("astro:hydration-error", (event) => {
    const { error, componentUrl } = (event as CustomEvent).detail;
    const address = addressIn(error);
    void look(address === location.href ? componentUrl : address);
  });
  addEventListener("unhandledrejection", ({ reason }) => {
    if (/dynamically imported module|Importing a module script/.test(String(reason)))
      void look(addressIn(reason));
  });
  addEventListener(
    "error",
    ({ target, error, filename }) => {
      if (target instanceof HTMLScriptElement) void look(target.src);
      else if (target instanceof HTMLLinkElement && target.relList.contains("stylesheet"))
        void look(target.href);
      else if (error instanceof SyntaxError && filename) void look(filename);
    },
    // What fails to load tells only the way down.
    true,
  );
}
