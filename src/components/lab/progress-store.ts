import { signal } from "@preact/signals";
import {
  type Experience,
  mergeProgress,
  NO_PROGRESS,
  type Progress,
  readProgress,
} from "../../lab/progress.ts";

const KEY = "one-kernel:progress";

/** Why progress is not as it should be. `code` selects the sentence `progress.trouble.<code>`. */
export type ProgressTrouble =
  /** What was stored cannot be read; it is kept, under `key`. */
  | { code: "kept"; params: { key: string } }
  /** The browser refuses to store: what is done is lost with the page. */
  | { code: "refused"; params: Record<string, never> };

/** What this browser remembers of the reader. Nothing of it is sent anywhere. */
class ProgressStore {
  readonly progress = signal<Progress>(NO_PROGRESS);
  readonly trouble = signal<ProgressTrouble | undefined>(undefined);
  #opened = false;

  /** Reads what is stored, once, and follows what other tabs store from then on. */
  open(): void {
    if (this.#opened) return;
    this.#opened = true;
    this.#read();
    window.addEventListener("storage", (event) => {
      if (event.key === KEY) this.#read();
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

  /** Adds an exported file's progress to this browser's. @returns false when it is no such file */
  import(text: string): boolean {
    const other = readProgress(text);
    if (other) this.#write(mergeProgress(this.progress.value, other));
    return other !== undefined;
  }

  forget(): void {
    this.#write(NO_PROGRESS);
  }

  #change(id: string, change: Experience): void {
    // Another tab may have stored since.
    this.#read();
    const { experiments, ...rest } = this.progress.value;
    const changed = { ...experiments[id], ...change };
    this.#write({ ...rest, experiments: { ...experiments, [id]: changed } });
  }

  #read(): void {
    let text: string | null = null;
    try {
      text = localStorage.getItem(KEY);
    } catch {
      this.#refused();
    }
    if (text === null) return;
    const stored = readProgress(text);
    if (stored) this.progress.value = stored;
    else this.#keepAside(text);
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

  #write(progress: Progress): void {
    this.progress.value = progress;
    try {
      localStorage.setItem(KEY, JSON.stringify(progress));
    } catch {
      this.#refused();
    }
  }

  #refused(): void {
    this.trouble.value = { code: "refused", params: {} };
  }
}

/** This page's view of it. */
export const progressStore = new ProgressStore();
