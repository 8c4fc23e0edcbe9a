import { signal } from "@preact/signals";
import { QUIET_TERMINAL } from "../../lab/instruments/instrument.ts";
import {
  bootIds,
  type Contestant,
  type RaceData,
  runContestant,
} from "../../lab/instruments/race.ts";
import type { Cost } from "../../lab/instruments/starts.ts";
import { type Borrower, deskOf, type TakenLease } from "../../lab/lease.ts";
import { StoppableTask } from "../../lab/stoppable-task.ts";
import type { PageMachine } from "../lab/page-machine.ts";
import { agentOf } from "./agent-of.ts";

/** What others are told has the machine. */
export const RACE: Borrower = { kind: "race", id: "race" };

/** The reader's own race: what runs, and what it has come to so far. */
export class RaceSession {
  readonly results = signal<Partial<RaceData>>({});
  readonly running = signal<Contestant | undefined>(undefined);
  /** What the machine's counters showed when that began; nothing while it does not count. */
  readonly since = signal<Cost | undefined>(undefined);
  /** What ended the last one early. */
  readonly trouble = signal<unknown>(undefined);
  readonly #task = new StoppableTask();

  /** Runs contestants one after another. Never throws; what was finished before a trouble stays. */
  async run(ids: readonly Contestant[], machine: PageMachine): Promise<void> {
    if (this.#task.busy) return;
    this.trouble.value = undefined;
    await this.#task.run(
      async (signal) => {
        const lease = deskOf(machine.port).take(RACE, signal);
        try {
          for (const id of ids) await this.#runOne(id, machine, lease);
        } finally {
          lease.release();
        }
      },
      (thrown) => {
        this.trouble.value = thrown;
        this.running.value = undefined;
        this.since.value = undefined;
      },
    );
  }

  /** Ends it where it is. */
  stop(): void {
    this.#task.stop();
  }

  async #runOne(id: Contestant, machine: PageMachine, lease: TakenLease): Promise<void> {
    const { [id]: _, ...others } = this.results.value;
    this.results.value = others;
    this.running.value = id;
    // What begins with switching the machine on takes it as it is.
    if (!bootIds.includes(id)) await lease.ready(false);
    const shell = lease.shell(QUIET_TERMINAL);
    if (!bootIds.includes(id)) await shell.free(lease.signal);
    const cost = await runContestant(id, {
      port: machine.port,
      shell,
      agent: agentOf(machine),
      signal: lease.signal,
      trying: (since) => {
        this.since.value = since;
      },
    });
    this.results.value = { ...this.results.value, [id]: cost };
  }
}
