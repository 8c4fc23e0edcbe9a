import { AgentChannel, type AgentHost } from "./agent.ts";
import { AgentError } from "./agent-error.ts";
import type { ShareState } from "./share/server.ts";

/** What saving a machine gives: the parts of a snapshot that only the machine knows. */
export interface SavedState {
  /** As `Frozen` in `frozen.ts` is packed, uncompressed. */
  state: Uint8Array<ArrayBuffer>;
  share: ShareState;
  /** Guest instructions since power-on. */
  instructions: number;
}

/** What keeps a machine from rest, if anything does; see `Emulator.unrest`. */
export type Unrest = "processor" | "share" | "input" | undefined;

/** What freezing needs of a machine besides its agent: the power-on that is to be frozen. */
export interface Freezing {
  run(): Promise<void>;
  stop(): Promise<void>;
  unrest(): Unrest;
  /** Guest instructions since power-on. */
  instructions(): number;
  /** The end of its console. */
  lastLines(): string[];
}

/** How a machine is saved. */
export interface SaveOptions {
  /** Whether files that programs have read stay in its memory. */
  keepFiles?: boolean;
}

/** A machine that cannot be saved, or a snapshot that is no good. English, for whoever builds. */
export class SnapshotError extends Error {
  override readonly name = "SnapshotError";
  /** What went wrong, in one sentence. */
  readonly reason: string;
  /** The end of what the guest said. */
  readonly lastLines: readonly string[];

  constructor(reason: string, lastLines: readonly string[]) {
    const said = lastLines.length > 0 ? `said last:\n  ${lastLines.join("\n  ")}` : "said nothing.";
    super(`${reason}. The machine ${said}`);
    this.reason = reason;
    this.lastLines = lastLines;
  }
}

/** How often the machine is looked at while its agent is waited for. */
const LOOK_MS = 100;
/**
 * So many looks in a row at a machine with nothing to do mean that no answer will come. Nothing that
 * the agent does for a snapshot waits for a timer; where the kernel does, it is for tenths of a second.
 */
const MOST_IDLE_LOOKS = 50;
/** A machine at its prompt rests within a million; this many mean that something goes on in it. */
const REST_INSTRUCTIONS = 200e6;
/** And what is on its way to the guest is there by then. */
const REST_SECONDS = 60;

/**
 * Makes a machine that is ready to one whose state can be saved, and leaves it stopped. The guest
 * frees what it can and says so, in a word of init's that can only come when it is true; then the
 * machine is stopped while its processor is halted and nothing is on its way to it.
 * @throws SnapshotError when it will not come to that; the machine runs on
 */
export async function freeze(
  port: AgentHost,
  machine: Freezing,
  { keepFiles = false }: SaveOptions = {},
): Promise<void> {
  const agent = new AgentChannel(port);
  const silence = watchForSilence(machine);
  try {
    await Promise.race([agent.prepareSnapshot(keepFiles), silence.met]);
    await comeToRest(machine);
  } catch (thrown) {
    throw thrown instanceof SnapshotError
      ? thrown
      : new SnapshotError(sentence(thrown), machine.lastLines());
  } finally {
    silence.end();
    agent.dispose();
  }
}

/** Rejects when the machine has long had nothing to do. */
function watchForSilence(machine: Freezing): { met: Promise<never>; end(): void } {
  const { promise: met, reject } = Promise.withResolvers<never>();
  // Whoever waits no longer is not told.
  met.catch(() => {});
  let idle = 0;
  const timer = setInterval(() => {
    const unrest = machine.unrest();
    idle = unrest === "processor" || unrest === "share" ? 0 : idle + 1;
    if (idle === MOST_IDLE_LOOKS)
      reject(
        new SnapshotError("its agent does not answer and is not at work", machine.lastLines()),
      );
  }, LOOK_MS);
  return { met, end: () => clearInterval(timer) };
}

/** Stops the machine at a moment at which nothing goes on in it. */
async function comeToRest(machine: Freezing): Promise<void> {
  const most = machine.instructions() + REST_INSTRUCTIONS;
  const last = performance.now() + REST_SECONDS * 1000;
  for (;;) {
    await machine.stop();
    const unrest = machine.unrest();
    if (!unrest) return;
    await machine.run();
    if (machine.instructions() > most || performance.now() > last)
      throw new SnapshotError(RESTLESS[unrest], machine.lastLines());
    // The engine takes its turn, in which it goes on until the guest waits, or for a millisecond.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

const RESTLESS: Record<Exclude<Unrest, undefined>, string> = {
  processor: "it does not come to rest: programs are running in it",
  share: "it does not come to rest: it waits for a shared file",
  input: "it does not come to rest: it does not take what was typed",
};

function sentence(thrown: unknown): string {
  if (thrown instanceof AgentError && thrown.data.code === "ended")
    return `its agent ended before it was ready (${thrown.data.params.how})`;
  return thrown instanceof Error ? thrown.message : String(thrown);
}
