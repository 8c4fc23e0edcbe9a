/**
 * Whether the page can ask for what is in the clipboard. It cannot at an address that is neither https
 * nor this computer's own, such as a teacher's laptop: there, Ctrl+V is the only way.
 */
export function canReadClipboard(): boolean {
  return typeof navigator.clipboard?.readText === "function";
}

/**
 * What is in the clipboard.
 * @returns undefined when the browser does not tell, or the reader has refused
 */
export async function readClipboard(): Promise<string | undefined> {
  if (!canReadClipboard()) return undefined;
  return navigator.clipboard.readText().catch(() => undefined);
}

/**
 * Puts a text into the clipboard, as the answer to a click or a key.
 * @returns false when the browser refuses
 */
export async function copyText(text: string): Promise<boolean> {
  // Missing where the address is neither https nor this computer's own.
  if (!navigator.clipboard) return copyByCommand(text);
  return navigator.clipboard.writeText(text).then(
    () => true,
    () => copyByCommand(text),
  );
}

/** The way before there was a clipboard interface: select a text, and say “copy”. */
function copyByCommand(text: string): boolean {
  const focused = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  // Nothing to type into, so that a phone shows no keyboard.
  area.readOnly = true;
  area.ariaHidden = "true";
  area.style.cssText = "position:fixed;inset:0 auto auto 0;opacity:0";
  document.body.append(area);
  area.select();
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    area.remove();
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  }
}
