import "@xterm/xterm/css/xterm.css";
import { FitAddon } from "@xterm/addon-fit";
import { type ITheme, Terminal } from "@xterm/xterm";
import { copyText } from "./clipboard.ts";
import { lessMotion } from "./motion.ts";

const SCREEN_READER_KEY = "one-kernel:screen-reader";

/** Colours of the terminal by the site's theme. The sixteen ANSI colours keep 4.5:1 on their ground. */
const THEMES: Record<"light" | "dark", ITheme> = {
  dark: {
    background: "#10151c",
    foreground: "#dfe6ee",
    cursor: "#7fd1b9",
    selectionBackground: "#37536b",
  },
  light: {
    background: "#fbfaf7",
    foreground: "#20262d",
    cursor: "#0b6b57",
    selectionBackground: "#bcd6ee",
    black: "#20262d",
    red: "#a3192c",
    green: "#1b6b2b",
    yellow: "#7a5300",
    blue: "#1d4f9c",
    magenta: "#85258a",
    cyan: "#0b6474",
    white: "#5b636c",
    brightBlack: "#5b636c",
    brightRed: "#b3202f",
    brightGreen: "#1f7431",
    brightYellow: "#805800",
    brightBlue: "#2458ab",
    brightMagenta: "#8f2d94",
    brightCyan: "#0e6b7b",
    brightWhite: "#3a424b",
  },
};

export interface TerminalOptions {
  input(data: string): void;
  resize(columns: number, rows: number): void;
}

/** One xterm.js terminal in an element of its own, which may be moved from place to place. */
export class TerminalView {
  readonly element = document.createElement("div");
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #sizes: ResizeObserver;
  readonly #themes: MutationObserver;

  constructor(options: TerminalOptions) {
    this.element.className = "ok-xterm";
    this.#terminal = new Terminal({
      convertEol: false,
      cursorBlink: !lessMotion(),
      fontFamily: getComputedStyle(document.documentElement).getPropertyValue("--__sl-font-mono"),
      fontSize: 13,
      lineHeight: 1.2,
      minimumContrastRatio: 4.5,
      screenReaderMode: this.screenReader,
      scrollback: 2000,
      theme: THEMES[siteTheme()],
    });
    this.#terminal.loadAddon(this.#fit);
    this.#terminal.attachCustomKeyEventHandler((event) => this.#ownKey(event));
    this.#terminal.onData(options.input);
    this.#terminal.onResize(({ cols, rows }) => options.resize(cols, rows));
    this.#sizes = new ResizeObserver(() => this.#fit.fit());
    this.#sizes.observe(this.element);
    this.#themes = new MutationObserver(() => {
      this.#terminal.options.theme = THEMES[siteTheme()];
    });
    this.#themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }

  /** Shows the terminal in `place`. @param label what a screen reader calls it there */
  moveTo(place: Element, label: string): void {
    if (this.element.parentElement !== place) place.replaceChildren(this.element);
    if (!this.#terminal.element) this.#terminal.open(this.element);
    this.#terminal.textarea?.setAttribute("aria-label", label);
    this.#fit.fit();
  }

  write(data: Uint8Array | string): void {
    this.#terminal.write(data);
  }

  /** Clears screen and scrollback, as a machine's reset does. */
  clear(): void {
    this.#terminal.reset();
  }

  focus(): void {
    this.#terminal.focus();
  }

  /** The selection, or all text when nothing is selected. */
  copyText(): string {
    if (this.#terminal.hasSelection()) return this.#terminal.getSelection();
    const { active } = this.#terminal.buffer;
    const lines = Array.from(
      { length: active.length },
      (_, row) => active.getLine(row)?.translateToString(true) ?? "",
    );
    return lines.join("\n").trimEnd();
  }

  paste(data: string): void {
    this.#terminal.paste(data);
  }

  /** Whether lines are announced to screen readers; remembered for the next visit. */
  get screenReader(): boolean {
    try {
      return localStorage.getItem(SCREEN_READER_KEY) === "on";
    } catch {
      return false;
    }
  }

  set screenReader(on: boolean) {
    this.#terminal.options.screenReaderMode = on;
    try {
      localStorage.setItem(SCREEN_READER_KEY, on ? "on" : "off");
    } catch {
      // Storage is refused: the choice lasts as long as the page.
    }
  }

  dispose(): void {
    this.#sizes.disconnect();
    this.#themes.disconnect();
    this.#terminal.dispose();
    this.element.remove();
  }

  /** What could not be copied stays selected: the browser's own menu may still copy it. */
  async #copySelection(): Promise<void> {
    const selected = this.#terminal.getSelection();
    if (selected && (await copyText(selected))) this.#terminal.clearSelection();
  }

  /** @returns false for keys that belong to the browser rather than the guest */
  #ownKey(event: KeyboardEvent): boolean {
    if (event.type !== "keydown") return true;
    // The way out for keyboard users (WCAG 2.1.2): Tab itself belongs to the shell's completion.
    if (event.key === "Tab" && event.shiftKey) return false;
    const command = event.ctrlKey || event.metaKey;
    if (!command || event.altKey) return true;
    const key = event.key.toLowerCase();
    if (key === "v") return false;
    if (key === "c" && (event.shiftKey || this.#terminal.hasSelection())) {
      event.preventDefault();
      void this.#copySelection();
      return false;
    }
    return true;
  }
}

function siteTheme(): "light" | "dark" {
  return document.documentElement.dataset.theme === "light" ? "light" : "dark";
}
