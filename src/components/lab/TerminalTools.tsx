import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { type Strings, text } from "../../ui/strings.ts";
import { canReadClipboard, copyText, readClipboard } from "./clipboard.ts";
import type { TerminalView } from "./terminal-view.ts";

interface TerminalToolsProps {
  view: { readonly current: TerminalView | undefined };
  live: boolean;
  strings: Strings;
}

/**
 * What became of the last copy or paste, until another button is pressed: were it taken away earlier, the
 * buttons would move under a pointer that is just pressing one. It selects the text `terminal.told.<it>`. */
type Told = "copied" | "copy-refused" | "paste-refused" | undefined;

/** The buttons beside a terminal's name. */
export function TerminalTools({ view, live, strings }: TerminalToolsProps): JSX.Element {
  const told = useSignal<Told>(undefined);
  const announced = useSignal(false);
  // As the server drew it, until the page's script runs.
  const canPaste = useSignal(true);
  useEffect(() => {
    announced.value = view.current?.screenReader ?? false;
    canPaste.value = canReadClipboard();
  }, [live]);
  const copy = async () => {
    if (view.current)
      told.value = (await copyText(view.current.copyText())) ? "copied" : "copy-refused";
  };
  const paste = async () => {
    const reading = readClipboard();
    // At once: the next key is meant for the terminal, and Enter would press the button again.
    view.current?.focus();
    const data = await reading;
    told.value = data === undefined ? "paste-refused" : undefined;
    if (data) view.current?.paste(data);
  };
  const announce = () => {
    told.value = undefined;
    announced.value = !announced.value;
    if (view.current) view.current.screenReader = announced.value;
  };
  return (
    <>
      <span class="ok-terminal-tools">
        <button type="button" disabled={!live} onClick={() => void copy()}>
          {text(strings, "terminal.copy")}
        </button>
        {canPaste.value ? (
          <button type="button" disabled={!live} onClick={() => void paste()}>
            {text(strings, "terminal.paste")}
          </button>
        ) : (
          <span class="ok-terminal-hint">{text(strings, "terminal.paste.keys")}</span>
        )}
        <button type="button" disabled={!live} aria-pressed={announced.value} onClick={announce}>
          {text(strings, "terminal.screenReader")}
        </button>
      </span>
      <span class="ok-terminal-told" role="status">
        {told.value && text(strings, `terminal.told.${told.value}`)}
      </span>
    </>
  );
}
