import { signal } from "@preact/signals";
import { LabError } from "../../lab/errors.ts";
import { type Contestant, type RaceData, runContestant } from "../../lab/instruments/race.ts";
import type { Cost } from "../../lab/instruments/starts.ts";
import { occupy } from "../../lab/occupancy.ts";
import type { PageMachine } from "../lab/page-machine.ts";
import { agentOf } from "./agent-of.ts";
import { quietly } from "./quiet-terminal.ts";

/** What others are told has the machine. */
const OCCUPANT = "race";

/** The reader's own race: what runs, and what it has come to so far. */
export class RaceSession {
  readonly results = signal<Partial<RaceData>>({});
  readonly running = signal<Contestant | undefined>(undefined);
  /** What the machine's counters showed when that began; nothing while it does not count. */
  readonly since = signal<Cost | undefined>(undefined);
  /** What ended the last one early. */
  readonly trouble = signal<unknown>(undefined);

  /** Runs contestants one after another. Never throws; what was finished before a trouble stays. */
  async run(ids: readonly Contestant[], machine: PageMachine): Promise<void> {
    if (this.running.value) return;
    const by = machine.running.value;
    if (by !== undefined) {
      this.trouble.value = new LabError({
        code: "occupied",
        params: { machine: machine.port.id, by },
      });
      return;
    }
    this.trouble.value = undefined;
    let release = () => {};
    try {
      release = occupy([machine.port], OCCUPANT);
      machine.running.value = OCCUPANT;
      for (const id of ids) await this.#runOne(id, machine);
    } catch (thrown) {
      this.trouble.value = thrown;
    } finally {
      this.running.value = undefined;
      this.since.value = undefined;
      if (machine.running.value === OCCUPANT) machine.running.value = undefined;
      release();
    }
  }

  async #runOne(id: Contestant, machine: PageMachine): Promise<void> {
    const { [id]: _, ...others } = this.results.value;
    this.results.value = others;
    this.running.value = id;
    const { port } = machine;
    const agent = agentOf(machine);
    const trying = (since: Cost | undefined) => {
      this.since.value = since;
    };
    const cost = await quietly(machine, (shell) =>
      runContestant(id, { port, shell, agent, trying }),
    );
    this.results.value = { ...this.results.value, [id]: cost };
  }
}
