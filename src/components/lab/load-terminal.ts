import { MachineError } from "../../machine/errors.ts";
import { importTrouble } from "../../machine/script-trouble.ts";
import type { TerminalView } from "./terminal-view.ts";

/**
 * Fetches xterm.js with all that is made of it, which happens only when a terminal is shown.
 * @throws MachineError `stale`, `script` or `blocked`, when it cannot be had; the page says so, too
 */
export async function loadTerminalView(): Promise<typeof TerminalView> {
  try {
    return (await import("./terminal-view.ts")).TerminalView;
  } catch (thrown) {
    throw new MachineError(await importTrouble(thrown, location.href));
  }
}
