import { rmSync, statSync, writeFileSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { writeWhole } from "./cache.ts";
import type { ReportInit, ReportMessage } from "./report-messages.ts";
import { ReportState } from "./report-state.ts";

/**
 * Writes `building.json` while the build's own thread is busy for minutes with compressing or with
 * waiting for a compiler: a thread of its own, so that the file beats for as long as the process lives.
 */
const BEAT_MS = 1000;

const init: ReportInit = workerData;
const now = () => performance.now() / 1000;
const state = new ReportState(init, now());

function write(): void {
  const { growing } = state;
  const grown = growing ? (statSync(growing, { throwIfNoEntry: false })?.size ?? 0) : 0;
  const text = JSON.stringify(state.file(now(), grown));
  try {
    writeWhole(init.path, text);
  } catch {
    // A full disk: the file's own block may still do. If it does not, the build must not stop for it.
    try {
      writeFileSync(init.path, text);
    } catch {}
  }
}

const beat = setInterval(() => {
  // Whoever wanted the build, and made it the leader of a group, was killed and could not end it.
  if (init.parent !== undefined && process.ppid !== init.parent) process.kill(-init.pid, "SIGTERM");
  write();
}, BEAT_MS);

parentPort?.on("message", (message: ReportMessage) => {
  if (message.type === "done") {
    rmSync(init.path, { force: true });
  } else {
    state.hear(message, now());
    if (message.type === "count") return;
    write();
    if (message.type !== "failed") return;
  }
  clearInterval(beat);
  parentPort?.close();
});
write();
parentPort?.postMessage("written");
