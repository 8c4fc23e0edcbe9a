import { progressStore } from "../lab/progress-store.ts";

/** By then a browser has taken the bytes of a download that the page itself made. */
const DOWNLOAD_MS = 60_000;

/** Has the browser save a file of all progress that this page knows of, stored or not. */
export function exportProgress(): void {
  const body = JSON.stringify(progressStore.progress.value, null, 2);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([body], { type: "application/json" }));
  link.download = `one-kernel-progress-${new Date().toISOString().slice(0, 10)}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), DOWNLOAD_MS);
}
