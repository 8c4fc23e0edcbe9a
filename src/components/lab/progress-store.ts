import { signal } from "@preact/signals";
import {
  type Experience,
  mergeProgress,
  NO_PROGRESS,
  type Progress,
  readProgress,
} from "../../lab/progress.ts";

const KEY = "one-kernel:progress";

type Experiences = Progress["experiments"];

/** Why progress is not as it should be. `code` selects the sentence `progress.trouble.<code>`. */
export type ProgressTrouble =
  /** What was stored cannot be read; it is kept, under `key`. */
  | { code: "kept"; params: { key: string } }
  /** What is stored is of a later version of the book: it stays, and this page stores nothing. */
  | { code: "newer"; params: Record<string, never> }
  /** The browser refuses to store: what is done is lost with the page. */
  | { code: "refused"; params: Record<string, never> };

/** What became of an imported file. `unsaved`: it is here, but only for as long as the page is open. */
export type Imported = "imported" | "unsaved" | "newer-file" | "refused-file";

/** What this browser remembers of the reader. Nothing of it is sent anywhere. */
export class ProgressStore {
  readonly progress = signal<Progress>(NO_PROGRESS);
  readonly trouble = signal<ProgressTrouble | undefined>(undefined);
  #opened = false;
  /** Whether what is stored is of a later version, as far as is known. */
  #newer = false;
  /** What could not be stored: it leads over what is, and the browser asks before it is lost. */
  #unsaved: Experiences = {};

  /** Reads what is stored, once, and follows what other tabs store from then on. */
  open(): void {
    if (this.#opened) return;
    this.#opened = true;
    this.#read();
    window.addEventListener("storage", (event) => {
      // No key: all of the site's storage was cleared.
      if (event.key === KEY || event.key === null) this.#read();
    });
  }

  experience(id: string): Experience {
    return this.progress.value.experiments[id] ?? {};
  }

  predict(id: string, step: string, choice: number): void {
    const { predictions } = this.experience(id);
    this.#change(id, { predictions: { ...predictions, [step]: choice } });
  }

  judged(id: string, ok: boolean): void {
    this.#change(id, { verdict: { ok, at: new Date().toISOString() } });
  }

  note(id: string, notes: string): void {
    this.#change(id, { notes });
  }

  /** Adds an exported file's progress to this browser's. */
  import(text: string): Imported {
    const read = readProgress(text);
    if (read.kind !== "progress") return read.kind === "newer" ? "newer-file" : "refused-file";
    this.#read();
    const { experiments } = mergeProgress(this.progress.value, read.progress);
    return this.#write(experiments) ? "imported" : "unsaved";
  }

  /** Forgets all of it, here and in the browser; not what a later version has stored. */
  forget(): void {
    this.#read();
    this.progress.value = NO_PROGRESS;
    this.#keepUnsaved({});
    this.#store();
  }

  #change(id: string, change: Experience): void {
    // Another tab may have stored since.
    this.#read();
    this.#write({ [id]: { ...this.experience(id), ...change } });
  }

  #read(): void {
    let text: string | null = null;
    try {
      text = localStorage.getItem(KEY);
    } catch {
      this.#refused();
      return;
    }
    const read = text === null ? undefined : readProgress(text);
    this.#newer = read?.kind === "newer";
    if (this.#newer) this.trouble.value = { code: "newer", params: {} };
    else if (this.trouble.value?.code === "newer") this.trouble.value = undefined;
    if (read?.kind === "progress") {
      const experiments = { ...read.progress.experiments, ...this.#unsaved };
      this.progress.value = { ...read.progress, experiments };
    } else if (read?.kind === "unknown" && text !== null) this.#keepAside(text);
  }

  #keepAside(text: string): void {
    const key = `${KEY}.kept.${new Date().toISOString()}`;
    try {
      localStorage.setItem(key, text);
      localStorage.removeItem(KEY);
      this.trouble.value = { code: "kept", params: { key } };
    } catch {
      this.#refused();
    }
  }

  /** @returns whether it could be stored; it is remembered as long as the page is open in any case */
  #write(changed: Experiences): boolean {
    const { experiments, ...rest } = this.progress.value;
    this.progress.value = { ...rest, experiments: { ...experiments, ...changed } };
    const stored = this.#store();
    this.#keepUnsaved(stored ? {} : { ...this.#unsaved, ...changed });
    return stored;
  }

  #store(): boolean {
    if (this.#newer) return false;
    try {
      localStorage.setItem(KEY, JSON.stringify(this.progress.value));
    } catch {
      this.#refused();
      return false;
    }
    if (this.trouble.value?.code === "refused") this.trouble.value = undefined;
    return true;
  }

  #keepUnsaved(unsaved: Experiences): void {
    this.#unsaved = unsaved;
    if (Object.keys(unsaved).length > 0) window.addEventListener("beforeunload", askFirst);
    else window.removeEventListener("beforeunload", askFirst);
  }

  #refused(): void {
    this.trouble.value = { code: "refused", params: {} };
  }
}

/** Has the browser ask before a page is left whose notes are nowhere else. */
function askFirst(event: Event): void {
  event.preventDefault();
}

/** This page's view of it. */
export const progressStore = new ProgressStore();
