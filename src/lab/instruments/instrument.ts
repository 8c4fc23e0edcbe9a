import { z } from "zod";
import type { AgentChannel } from "../../machine/agent.ts";
import type { NamespaceType } from "../../machine/agent-protocol.ts";
import type { MachineOptions, MachinePort } from "../../machine/protocol.ts";
import type { Shell } from "../shell.ts";

/**
 * The namespaces of its own that a container of the agent gets: those of the book's figures for
 * `clone` and density. A network namespace would be the dearest part of it.
 */
export const CONTAINER: readonly NamespaceType[] = ["pid", "uts", "ipc", "mnt"];

/** A terminal that no experiment shows: what instruments type is not the reader's business. */
export const QUIET_TERMINAL = 2;

const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** `src/content/instruments/<id>.json`: what an instrument showed of the real machines. */
export const recordingSchema = z.strictObject({
  /** Version of this format. */
  schema: z.literal(1),
  instrument: z.string(),
  /** When it was recorded, in UTC. */
  recorded: z.iso.datetime(),
  engine: z.strictObject({ name: z.string(), version: z.string() }),
  /** Which machine did what: the instrument's part of `src/content/machines.json` at the time. */
  roles: z.record(z.string(), z.unknown()),
  /** The machines it looked at: input hash and kernel release, as the guest manifest has them. */
  machines: z.record(z.string(), z.strictObject({ inputHash: hash, kernelRelease: z.string() })),
  /** As the instrument's own schema says. */
  data: z.unknown(),
});
export type Recording = z.infer<typeof recordingSchema>;

/** A machine on which an instrument is recorded. */
export interface Subject {
  port: MachinePort;
  agent: AgentChannel;
  /** Types into the machine's first terminal, and returns what the command printed. */
  run(command: string): Promise<string>;
  shell: Shell;
}

/** What a recording has to work with. Whatever is started ends with the recording. */
export interface Bench {
  /** A machine at its prompt. @param prepare  called before it is started */
  machine(
    id: string,
    options?: MachineOptions,
    prepare?: (port: MachinePort) => void,
  ): Promise<Subject>;
}

/** Name of a file in `guest/machines/`, without `.json`. Example: `linux`. */
export const machineId = z.string().regex(/^[a-z][a-z0-9-]*$/, "must be the name of a machine");

/** Which machine does what for an instrument. Code knows the roles, and no machine's name. */
export interface Roles {
  /** The one it is attached to: whose buttons it has, and what it draws once that runs. */
  machine: string;
}

/** An instrument that looks at one machine. */
export const oneMachine = {
  roles: z.strictObject({ machine: machineId }),
  machines: ({ machine }: Roles) => ({ machine }),
};

/** What an instrument needs to be recorded, and how its recording looks. */
export interface Instrument<Data = unknown, Has extends Roles = Roles> {
  /** Name of its tag and its recording. Example: `ring-meter`. */
  id: string;
  /** Its part of `src/content/machines.json`. A place in a chapter may say otherwise, by attributes. */
  roles: z.ZodType<Has> & { shape: object };
  /** The machines among its roles, each by the field that names it. Example: `boots.cold.machine`. */
  machines(roles: Has): Record<string, string>;
  schema: z.ZodType<Data>;
  record(bench: Bench, roles: Has): Promise<Data>;
}
