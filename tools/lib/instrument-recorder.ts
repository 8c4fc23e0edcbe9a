import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { machinesOf, rolesOf } from "../../src/book/machines.ts";
import type {
  Bench,
  Instrument,
  Recording,
  Roles,
  Subject,
} from "../../src/lab/instruments/instrument.ts";
import { Shell } from "../../src/lab/shell.ts";
import { AgentChannel } from "../../src/machine/agent.ts";
import type { Manifest } from "../../src/machine/manifest.ts";
import { nodeMachine } from "../../src/machine/node.ts";
import type { MachinePort } from "../../src/machine/protocol.ts";
import { bringUp } from "../../src/machine/reach.ts";

/** Seconds that one command may take. */
const LIMIT_SECONDS = 120;

/** Where the machines are, what is known of them, and where recordings go. */
interface Places {
  guest: string;
  manifest: Manifest;
  folder: string;
}

/** Runs an instrument on the machines of `src/content/machines.json`, and writes `<folder>/<id>.json`. */
export async function recordInstrument(
  instrument: Instrument,
  { guest, manifest, folder }: Places,
): Promise<void> {
  const { id } = instrument;
  const roles = rolesOf(instrument);
  const { name, version } = manifest.engine;
  const recording: Recording = {
    schema: 1,
    instrument: id,
    recorded: new Date().toISOString(),
    engine: { name, version },
    roles: { ...roles },
    machines: Object.fromEntries(
      machinesOf(instrument, roles).map((machine) => {
        const known = manifest.machines[machine];
        if (!known) throw new Error(`${id}: the manifest has no machine "${machine}"`);
        return [machine, { inputHash: known.inputHash, kernelRelease: known.kernelRelease }];
      }),
    ),
    data: await recordOn(instrument, roles, guest),
  };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${id}.json`), `${JSON.stringify(recording, null, 1)}\n`);
}

/** What an instrument shows of these machines. Whatever it starts ends with it. */
export async function recordOn<Data, Has extends Roles>(
  { schema, ...instrument }: Instrument<Data, Has>,
  roles: Has,
  guest: string,
): Promise<Data> {
  const started: MachinePort[] = [];
  const bench: Bench = {
    async machine(machine, options, prepare) {
      const port = nodeMachine(machine, guest, options);
      started.push(port);
      prepare?.(port);
      return subject(port);
    },
  };
  try {
    return schema.parse(await instrument.record(bench, roles));
  } finally {
    for (const port of started) port.destroy();
  }
}

async function subject(port: MachinePort): Promise<Subject> {
  const shell = new Shell(port, 0);
  const agent = new AgentChannel(port);
  await bringUp(port);
  const run = async (command: string) =>
    (await shell.run(command, { typingMs: 0, limitSeconds: LIMIT_SECONDS })).output;
  return { port, agent, shell, run };
}
