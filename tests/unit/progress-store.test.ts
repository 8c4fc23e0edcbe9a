import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ProgressStore } from "../../src/components/lab/progress-store.ts";
import { NO_PROGRESS } from "../../src/lab/progress.ts";

const KEY = "one-kernel:progress";
const NEWER = JSON.stringify({ format: "one-kernel-progress", schema: 2, readers: ["me"] });
const stored = (notes: string) =>
  JSON.stringify({ ...NO_PROGRESS, experiments: { uts: { notes } } });

/** A browser's storage, as far as the store uses it. */
class Shelf {
  readonly items = new Map<string, string>();
  full = false;

  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    if (this.full) throw new DOMException("full", "QuotaExceededError");
    this.items.set(key, value);
  }

  removeItem(key: string): void {
    this.items.delete(key);
  }
}

let shelf: Shelf;
let page: EventTarget;
const another = (text: string | null) => {
  if (text === null) shelf.items.delete(KEY);
  else shelf.items.set(KEY, text);
  page.dispatchEvent(Object.assign(new Event("storage"), { key: text === null ? null : KEY }));
};
/** Whether the browser would ask before the page is left. */
const asks = () => !page.dispatchEvent(new Event("beforeunload", { cancelable: true }));

beforeEach(() => {
  shelf = new Shelf();
  page = new EventTarget();
  vi.stubGlobal("localStorage", shelf);
  vi.stubGlobal("window", page);
});
afterEach(() => vi.unstubAllGlobals());

function opened(): ProgressStore {
  const store = new ProgressStore();
  store.open();
  return store;
}

describe("progress of a newer version of the book", () => {
  const untouched = () => expect([...shelf.items]).toEqual([[KEY, NEWER]]);

  it("stays where it is, whatever an older page does", () => {
    shelf.items.set(KEY, NEWER);
    const store = opened();
    expect(store.trouble.value?.code).toBe("newer");
    store.note("uts", "mine");
    store.predict("uts", "rename", 1);
    store.judged("pid", true);
    expect(store.import(stored("from a file"))).toBe("unsaved");
    untouched();
    // What was done is there, for as long as the page is.
    expect(store.experience("uts").notes).toBe("mine\n\nfrom a file");
    expect(store.experience("pid").verdict?.ok).toBe(true);
    expect(asks()).toBe(true);
    store.forget();
    untouched();
    expect(store.progress.value).toEqual(NO_PROGRESS);
    expect(asks()).toBe(false);
  });

  it("is noticed when it comes from another tab while this page is open", () => {
    const store = opened();
    store.note("uts", "before");
    another(NEWER);
    expect(store.trouble.value?.code).toBe("newer");
    expect(store.experience("uts").notes).toBe("before");
    store.note("pid", "after");
    untouched();
  });

  it("is noticed even where nobody tells of it", () => {
    const store = opened();
    shelf.items.set(KEY, NEWER);
    store.note("uts", "mine");
    untouched();
    shelf.items.set(KEY, NEWER);
    expect(store.import(stored("from a file"))).toBe("unsaved");
    untouched();
  });

  it("is left for good once something readable is there: what is only here leads, and is stored", () => {
    shelf.items.set(KEY, NEWER);
    const store = opened();
    store.note("pid", "here");
    another(stored("there"));
    expect(store.trouble.value).toBeUndefined();
    expect(store.experience("pid").notes).toBe("here");
    store.note("mnt", "more");
    expect(JSON.parse(shelf.items.get(KEY) ?? "").experiments).toEqual({
      uts: { notes: "there" },
      pid: { notes: "here" },
      mnt: { notes: "more" },
    });
    expect(asks()).toBe(false);
  });

  it("is told from other files when it is imported", () => {
    const store = opened();
    expect(store.import(NEWER)).toBe("newer-file");
    expect(store.import("{}")).toBe("refused-file");
    expect(shelf.items.size).toBe(0);
  });
});

describe("storage that refuses", () => {
  it("does not take back what was typed, and asks before it is lost", () => {
    shelf.items.set(KEY, stored("short"));
    const store = opened();
    shelf.full = true;
    store.note("uts", "short and longer");
    store.note("uts", "short and longer still");
    expect(store.experience("uts").notes).toBe("short and longer still");
    expect(store.trouble.value?.code).toBe("refused");
    expect(asks()).toBe(true);
    // Another tab's own are not lost by it.
    another(JSON.stringify({ ...NO_PROGRESS, experiments: { pid: { notes: "there" } } }));
    expect(store.experience("pid").notes).toBe("there");
    shelf.full = false;
    store.predict("uts", "rename", 0);
    expect(store.trouble.value).toBeUndefined();
    expect(asks()).toBe(false);
    expect(JSON.parse(shelf.items.get(KEY) ?? "").experiments).toEqual({
      uts: { notes: "short and longer still", predictions: { rename: 0 } },
      pid: { notes: "there" },
    });
  });

  it("is said of an import that did not fit", () => {
    const store = opened();
    shelf.full = true;
    expect(store.import(stored("from a file"))).toBe("unsaved");
    expect(store.experience("uts").notes).toBe("from a file");
  });
});

describe("progress that nobody can read", () => {
  it("is put aside once, as it was", () => {
    shelf.items.set(KEY, '{"x":1}');
    const store = opened();
    store.note("uts", "new");
    expect(store.trouble.value?.code).toBe("kept");
    expect([...shelf.items.values()]).toContain('{"x":1}');
    expect(shelf.items.get(KEY)).toBe(stored("new"));
  });
});
