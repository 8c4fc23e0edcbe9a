import { signal } from "@preact/signals";
import { LabError, type LabErrorData } from "../../lab/errors.ts";
import { type Contestant, type RaceData, runContestant } from "../../lab/instruments/race.ts";
import type { Cost } from "../../lab/instruments/starts.ts";
import { occupy } from "../../lab/occupancy.ts";
import { AgentError } from "../../machine/agent-error.ts";
import type { PageMachine } from "../lab/page-machine.ts";
import { quietly } from "./quiet-terminal.ts";

/** What others are told has the machine. */
const OCCUPANT = "race";

/** Why a race ended early: selects the text `race.trouble.<code>`, and fills it. */
export interface RaceTrouble {
  code: "busy" | "occupied" | "failed" | "silent" | "stopped";
  params: Record<string, string>;
}

/** The reader's own race: what runs, and what it has come to so far. */
export class RaceSession {
  readonly results = signal<Partial<RaceData>>({});
  readonly running = signal<Contestant | undefined>(undefined);
  /** What the machine's counters showed when that began; nothing while it does not count. */
  readonly since = signal<Cost | undefined>(undefined);
  readonly trouble = signal<RaceTrouble | undefined>(undefined);

  /** Runs contestants one after another. Never throws; what was finished before a trouble stays. */
  async run(ids: readonly Contestant[], machine: PageMachine): Promise<void> {
    if (this.running.value) return;
    if (machine.running.value !== undefined) {
      this.trouble.value = { code: "occupied", params: {} };
      return;
    }
    this.trouble.value = undefined;
    let release = () => {};
    try {
      release = occupy([machine.port], OCCUPANT);
      machine.running.value = OCCUPANT;
      for (const id of ids) await this.#runOne(id, machine);
    } catch (thrown) {
      this.trouble.value = troubleOf(thrown);
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
    const { port, agent } = machine;
    const trying = (since: Cost | undefined) => {
      this.since.value = since;
    };
    const cost = await quietly(machine, (shell) =>
      runContestant(id, { port, shell, agent, trying }),
    );
    this.results.value = { ...this.results.value, [id]: cost };
  }
}

function troubleOf(thrown: unknown): RaceTrouble {
  if (thrown instanceof AgentError)
    return { code: thrown.data.code === "interrupted" ? "stopped" : "silent", params: {} };
  return thrown instanceof LabError ? labTrouble(thrown.data) : { code: "stopped", params: {} };
}

function labTrouble(data: LabErrorData): RaceTrouble {
  switch (data.code) {
    case "busy":
    case "occupied":
      return { code: data.code, params: {} };
    case "checkpoint": {
      const { command, exit } = data.params;
      return { code: "failed", params: { command, exit } };
    }
    default:
      return { code: "stopped", params: {} };
  }
}
