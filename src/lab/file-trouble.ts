import type { MachineErrorData } from "../machine/errors.ts";
import type { MachinePort } from "../machine/protocol.ts";
import { LabError } from "./errors.ts";

/**
 * Why a snapshot was not used. Every other notice is of a file that a program in the machine has asked
 * for and did not get.
 */
const OF_SNAPSHOTS: ReadonlySet<MachineErrorData["code"]> = new Set(["snapshot", "restore"]);

/** Notes when a program could not read a file: what it did then proves nothing, whatever it printed. */
export class FileTrouble {
  readonly #unsubscribe: (() => void)[];
  #trouble: MachineErrorData | undefined;

  constructor(machines: Iterable<MachinePort>) {
    this.#unsubscribe = [...machines].map((machine) =>
      machine.subscribe((event) => {
        if (event.type === "notice" && !OF_SNAPSHOTS.has(event.notice.code))
          this.#trouble ??= event.notice;
      }),
    );
  }

  /** What was missing before has nothing to do with the next command. */
  forget(): void {
    this.#trouble = undefined;
  }

  /** @throws LabError `file` when something was missing since */
  refuse(command: string): void {
    const trouble = this.#trouble;
    if (!trouble) return;
    const file = "file" in trouble.params ? trouble.params.file : "";
    throw new LabError({ code: "file", params: { file, command, cause: trouble.code } });
  }

  dispose(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }
}
