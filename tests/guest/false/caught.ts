import { fileURLToPath } from "node:url";

/** Where the deliberately false experiments are. */
export const FALSE = fileURLToPath(new URL(".", import.meta.url));

/** What each of them is caught by. */
export const CAUGHT: Record<string, object> = {
  exit: { problem: { code: "exit", params: { expected: 0, got: "1" } } },
  error: { problem: { code: "no-error", params: { error: "EPERM" } } },
  "error-of-success": { problem: { code: "no-error", params: { got: "0" } } },
  "no-panic": { problem: { code: "no-panic", params: { got: "0" } } },
  match: { problem: { code: "no-match", params: { pattern: "^two$" } } },
  absent: { problem: { code: "match", params: { pattern: "^one$" } } },
  "capture-pattern": { problem: { code: "no-capture", params: { name: "b.value" } } },
  "capture-json": { problem: { code: "no-capture", params: { pattern: "$.a[*]" } } },
  finding: { finding: { ok: false, values: { "a.value": "1", "b.value": "2" } } },
  measure: { finding: { ok: false } },
  seconds: { ended: "timeout", error: { params: { command: "sleep 60", seconds: 1 } } },
  instructions: { ended: "runaway", error: { params: { instructions: 20e6 } } },
  reboot: { ended: "crashed", error: { params: { command: "reboot -f" } } },
  panic: { ended: "crashed", error: { params: { state: "crashed" } } },
  checkpoint: { ended: "checkpoint", error: { params: { exit: "1" } } },
};
