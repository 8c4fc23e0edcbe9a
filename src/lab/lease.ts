import type { MachineEvent, MachinePort } from "../machine/protocol.ts";
import { bringUp, reach } from "../machine/reach.ts";
import { LabError, labErrorOf } from "./errors.ts";
import { Shell } from "./shell.ts";

/** Who has a machine, or had it. `kind` and `id` lead to a name for the reader. */
export interface Borrower {
  kind: "experiment" | "instrument" | "exercise" | "race";
  /** Example: `uts`, `namespace-map`. */
  id: string;
}

/** Whose traces a machine bears since it was last at its checkpoint. */
export interface Traces {
  /** Who borrowed it last. */
  by: Borrower | undefined;
  /** Whether the reader has typed into one of its terminals. */
  reader: boolean;
}

export interface BorrowOptions {
  /**
   * `true`: a machine at its checkpoint, taken back there if it bears traces; `"anew"`: taken back
   * whatever it bears. Otherwise as it is.
   */
  clean?: boolean | "anew";
  /** Whether it is waited for until another instrument has given it back. */
  wait?: boolean;
  /** Ends the lease, and whatever is done by it, at once. */
  signal?: AbortSignal | undefined;
}

/** A machine in somebody's hands, until {@link Lease.release}. */
export interface Lease {
  readonly machine: MachinePort;
  readonly who: Borrower;
  /** Aborted once the lease has ended, by whomever. What works by the lease passes it on. */
  readonly signal: AbortSignal;
  /** Whose traces were wiped when it was handed out. */
  readonly wiped: Traces | undefined;
  shell(terminal: number): Shell;
  /** Gives the machine back. The second call does nothing. */
  release(): void;
}

/**
 * The one place that knows who has a machine and whether it is clean. Get it by {@link deskOf}, before
 * the machine is started.
 */
export class Desk {
  readonly machine: MachinePort;
  #holder: { who: Borrower; end(): void; ended: Promise<void> } | undefined;
  #traces: Traces = { by: undefined, reader: false };
  readonly #listeners = new Set<() => void>();
  /** What is being looked at; settled when nothing is. */
  #looking: Promise<unknown> = Promise.resolve();
  #looks = new AbortController();

  constructor(machine: MachinePort) {
    this.machine = machine;
    machine.subscribe((event) => this.#hear(event));
  }

  /** Who has it now. */
  get holder(): Borrower | undefined {
    return this.#holder?.who;
  }

  get traces(): Traces {
    return this.#traces;
  }

  /** Calls `listener` whenever somebody borrows the machine or gives it back, or it gets traces. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The reader typed into a terminal. */
  readerTyped(): void {
    if (!this.#traces.reader) this.#trace({ ...this.#traces, reader: true });
  }

  /**
   * Looks at the machine in a way that leaves no traces, after those who looked before. Whoever borrows
   * it comes first.
   * @returns undefined where somebody has it, or has come in between
   */
  async look<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    const look = this.#looking.then(async () => {
      if (this.#holder) return undefined;
      const { signal } = this.#looks;
      try {
        return await work(signal);
      } catch (thrown) {
        if (signal.aborted) return undefined;
        throw thrown;
      }
    });
    this.#looking = look.catch(() => {});
    return look;
  }

  /**
   * Hands the machine out, at its prompt. Whoever has it leaves traces.
   * @throws LabError `occupied`, `interrupted`, `stopped`
   */
  async borrow(who: Borrower, options: BorrowOptions = {}): Promise<Lease> {
    const { wait = false, signal } = options;
    while (wait && this.#holder?.who.kind === "instrument")
      await either(this.#holder.ended, signal);
    const lease = this.take(who, signal);
    try {
      await lease.ready(options.clean ?? false);
      return lease;
    } catch (thrown) {
      lease.release();
      throw thrown;
    }
  }

  /**
   * The first half of {@link borrow}: nobody else can have the machine from now on. It may be in any
   * state; `ready` brings it to its prompt.
   * @throws LabError `occupied`, `stopped`
   */
  take(who: Borrower, signal?: AbortSignal): TakenLease {
    if (signal?.aborted) throw new LabError({ code: "stopped", params: {} });
    const { machine } = this;
    if (this.#holder) {
      const { kind, id } = this.#holder.who;
      throw new LabError({ code: "occupied", params: { machine: machine.id, by: id, kind } });
    }
    const ending = new AbortController();
    const ended = Promise.withResolvers<void>();
    const end = () => {
      if (this.#holder !== holder) return;
      this.#holder = undefined;
      signal?.removeEventListener("abort", end);
      ending.abort();
      ended.resolve();
      this.#tell();
    };
    const holder = { who, end, ended: ended.promise };
    this.#holder = holder;
    this.#looks.abort();
    this.#looks = new AbortController();
    // Whoever is told to stop, or whose part of the page is gone, has nothing any more.
    signal?.addEventListener("abort", end);
    this.#tell();
    const desk = this;
    let wiped: Traces | undefined;
    return {
      machine,
      who,
      signal: ending.signal,
      get wiped() {
        return wiped;
      },
      shell: (terminal) => new Shell(machine, terminal),
      release: end,
      async ready(clean) {
        try {
          wiped = await desk.#bring(clean, ending.signal);
        } catch (thrown) {
          throw labErrorOf(thrown);
        }
        desk.#trace({ ...desk.#traces, by: who });
      },
    };
  }

  async #bring(clean: boolean | "anew", signal: AbortSignal): Promise<Traces | undefined> {
    const { machine } = this;
    await either(this.#looking, signal);
    const before = this.#traces;
    const dirty = before.by !== undefined || before.reader;
    const standing = machine.status.state === "ready" || machine.status.state === "paused";
    if (clean === "anew" || (clean && dirty && standing)) {
      await reach(machine, "ready", { signal, afresh: true, act: () => machine.restore() });
      return dirty ? before : undefined;
    }
    await bringUp(machine, { signal });
    return undefined;
  }

  #hear(event: MachineEvent): void {
    if (event.type === "power-on") this.#trace({ by: this.holder, reader: false });
    if (event.type !== "status" || event.status.state !== "idle") return;
    // Taken away: the page was left, or somebody switched it off. A guest that does so itself is not that.
    if (!event.status.poweredOff) this.#holder?.end();
  }

  #trace(traces: Traces): void {
    this.#traces = traces;
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** A lease whose machine may still have to be brought to its prompt. */
export interface TakenLease extends Lease {
  /** @throws LabError `interrupted`, `stopped` */
  ready(clean: boolean | "anew"): Promise<void>;
}

const desks = new WeakMap<MachinePort, Desk>();

/** The desk of a machine: the same for everybody. */
export function deskOf(machine: MachinePort): Desk {
  const known = desks.get(machine) ?? new Desk(machine);
  desks.set(machine, known);
  return known;
}

/**
 * Borrows several machines, all or none, and does something with them.
 * @throws LabError as {@link Desk.borrow}, and whatever `work` throws
 */
export async function borrowing<T>(
  machines: Iterable<MachinePort>,
  who: Borrower,
  { clean = false, signal }: Omit<BorrowOptions, "wait">,
  work: (leases: ReadonlyMap<MachinePort, Lease>) => Promise<T>,
): Promise<T> {
  const leases = new Map<MachinePort, TakenLease>();
  try {
    for (const machine of new Set(machines)) leases.set(machine, deskOf(machine).take(who, signal));
    await Promise.all([...leases.values()].map((lease) => lease.ready(clean)));
    return await work(leases);
  } finally {
    for (const lease of leases.values()) lease.release();
  }
}

/** Waits for either. @throws LabError `stopped` */
async function either(ended: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return void (await ended);
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(new LabError({ code: "stopped", params: {} }));
  signal.addEventListener("abort", stop);
  try {
    if (signal.aborted) stop();
    await Promise.race([ended, stopped.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
