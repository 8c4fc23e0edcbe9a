import { z } from "zod";

/**
 * What goes over the agent's port, the machine's last virtio-console port: one JSON object a line,
 * in both directions. A request is answered by any number of records and then by `done` or `error`,
 * all with the request's id. `guest/agent/` is the other end.
 */

/** The virtio-console port that init gives to the agent. */
export const AGENT_PORT = 3;
/** Longest request in bytes, without its line end; the agent drops longer ones. */
export const LONGEST_REQUEST = 511;
/** Longest line in bytes that the host accepts: a mount with the longest options has some 20,000. */
export const LONGEST_LINE = 65_536;
/** Containers that one agent can have. */
export const MOST_CONTAINERS = 4096;

/** The eight kinds of namespace, by their names in `/proc/PID/ns`. */
export const namespaceTypes = [
  "cgroup",
  "ipc",
  "mnt",
  "net",
  "pid",
  "time",
  "user",
  "uts",
] as const;
export type NamespaceType = (typeof namespaceTypes)[number];

const requestId = z.int().positive();
const pid = z.int().positive();
const count = z.int().nonnegative();
/** Inode number that names a namespace; null for a zombie, which has left it. */
const inode = z.int().positive().nullable();
const nanoseconds = z.int().nonnegative();

/** What may be asked, once or again and again. */
export const agentTopics = [
  /** All processes of the machine. */
  "processes",
  /** All control groups, parents before their children. */
  "cgroups",
  /** What a process sees mounted. */
  "mounts",
  /** Interfaces and addresses of a process's network namespace. */
  "interfaces",
  /** The machine's memory. */
  "memory",
  /** Nothing but the times that every answer carries. */
  "clock",
] as const;
export type AgentTopic = (typeof agentTopics)[number];

/** A process, as seen from the machine's first PID namespace. */
export const processSchema = z.strictObject({
  pid,
  /** 0 for the processes that the kernel started itself. */
  ppid: count,
  /** The kernel's short name of it, cut to 15 bytes; kernel threads' may be longer: `bash`. */
  comm: z.string(),
  /** One letter as in `ps`: R running, S sleeping, D waiting for a device, T stopped, Z zombie … */
  state: z.string().length(1),
  /** Its process id in each PID namespace it is in, the outermost first: `[212, 1]`. */
  nspid: z.array(pid).min(1),
  /** Its control group: `/`, `/lab/app`. */
  cgroup: z.string(),
  /** Inode numbers of its namespaces, as `readlink /proc/PID/ns/…` prints them. */
  namespaces: z.strictObject({
    cgroup: inode,
    ipc: inode,
    mnt: inode,
    net: inode,
    pid: inode,
    time: inode,
    user: inode,
    uts: inode,
  }),
});

/** A control group. Null: the root has no such figure, there is no limit, or the controller is off. */
export const cgroupSchema = z.strictObject({
  /** `/` is the root. */
  path: z.string().startsWith("/"),
  /** `memory.current`. */
  memoryBytes: count.nullable(),
  /** `memory.peak`; kernels before 5.19 have none. */
  memoryPeakBytes: count.nullable(),
  /** `memory.max`. */
  memoryMaxBytes: count.nullable(),
  /** `pids.current`. */
  pids: count.nullable(),
  /** `pids.max`. */
  pidsMax: count.nullable(),
  /** Processor time in microseconds, from `cpu.stat`. */
  cpuUsec: count.optional(),
  cpuUserUsec: count.optional(),
  cpuSystemUsec: count.optional(),
  /** How often, and how many microseconds, `cpu.max` held it back. */
  cpuThrottled: count.optional(),
  cpuThrottledUsec: count.optional(),
});

/** A mount: one line of `/proc/PID/mountinfo`, without its escapes. */
export const mountSchema = z.strictObject({
  id: count,
  parent: count,
  /** Major and minor number of the device: `0:21`. */
  device: z.string(),
  /** Which folder of the file system is the mount's root. */
  root: z.string(),
  /** Where it is mounted. */
  target: z.string(),
  /** `rw,nosuid,relatime`. */
  options: z.string(),
  /** Peer groups: `shared:3`, `master:1`; empty for a private mount. */
  propagation: z.array(z.string()),
  /** `overlay`. */
  type: z.string(),
  source: z.string(),
  /** Options of the file system rather than the mount: `rw,lowerdir=/a:/b`. */
  superOptions: z.string(),
});

/** A network interface. */
export const interfaceSchema = z.strictObject({
  index: z.int().positive(),
  /** `eth0`. */
  name: z.string().min(1),
  /** `veth`, `bridge`; null for devices and for `lo`. */
  kind: z.string().nullable(),
  /** `52:54:00:12:34:56`. */
  mac: z.string().nullable(),
  mtu: count.nullable(),
  /** Whether it was switched on, and whether it can pass packets now. */
  up: z.boolean(),
  running: z.boolean(),
  /** Index of the bridge it is a port of. */
  master: z.int().positive().nullable(),
  /** Index of a veth's other end, in that one's network namespace. */
  peer: count.nullable(),
  rxBytes: count,
  txBytes: count,
  rxPackets: count,
  txPackets: count,
});

/** An address of the interface with this index: `10.0.0.2`, prefix 24. */
export const addressSchema = z.strictObject({
  index: z.int().positive(),
  address: z.string(),
  prefix: z.int().min(0).max(128),
});

/** `/proc/meminfo` by its own names, in bytes; huge pages are counts: `{"MemTotal": 120881152}`. */
export const memorySchema = z.record(z.string(), count);

/** One started container: its process id, and when the agent began to start it. */
export const containerSchema = z.strictObject({ pid, beganNs: nanoseconds });

/** Why no more containers were started: the kernel's error number and text. */
export const failureSchema = z.strictObject({ errno: z.int().positive(), detail: z.string() });

/** What is in an answer, by the key it is under. */
export const recordSchemas = {
  process: processSchema,
  cgroup: cgroupSchema,
  mount: mountSchema,
  interface: interfaceSchema,
  address: addressSchema,
  memory: memorySchema,
  container: containerSchema,
  failure: failureSchema,
  /** How many containers were running when `kill` came. */
  killed: z.strictObject({ count }),
} as const;

/** The end of an answer. Times are the guest's `CLOCK_MONOTONIC`, nanoseconds since its boot. */
export const doneSchema = z.strictObject({
  /** How many records came before: fewer have arrived if any was damaged. */
  records: count,
  beganNs: nanoseconds,
  endedNs: nanoseconds,
});

/** The end of an answer that could not be given. */
export const refusalSchema = z.strictObject({
  code: z.enum(["malformed", "unknown", "no-process", "limit"]),
  /** English, for logs. */
  detail: z.string(),
});

const topic = z.enum(agentTopics);
/** Whose mounts or interfaces, by its process id; the agent's own without it. */
const whose = pid.optional();

/**
 * What init says on the port, with id 0, when the agent has ended: by itself, with an exit status, or
 * by a signal. The agent's memory is free then, and init waits for the byte that starts the next one.
 */
export const endedSchema = z.union([
  z.strictObject({ exit: count }),
  z.strictObject({ signal: z.int().positive() }),
]);

/** What the host sends. Ids are the host's choice, each used once. */
export const agentRequestSchema = z.discriminatedUnion("op", [
  /** One answer. */
  z.strictObject({ id: requestId, op: z.literal("ask"), topic, pid: whose }),
  /** The same answer again and again, all with this id, until `unsubscribe` or an error. */
  z.strictObject({
    id: requestId,
    op: z.literal("subscribe"),
    topic,
    pid: whose,
    /** Milliseconds from the end of one answer to the begin of the next. */
    everyMs: z.int().min(20).max(60_000),
  }),
  z.strictObject({
    id: requestId,
    op: z.literal("unsubscribe"),
    /** Id of the `subscribe` request; without it, all end. */
    subscription: requestId.optional(),
  }),
  /** Starts containers, and answers when all of them run. */
  z.strictObject({
    id: requestId,
    op: z.literal("spawn"),
    count: z.int().min(1).max(MOST_CONTAINERS),
    /** Which namespaces each gets of its own. */
    namespaces: z.array(z.enum(namespaceTypes)),
  }),
  /** Ends all containers, and answers when they are gone. */
  z.strictObject({ id: requestId, op: z.literal("kill") }),
  /** Frees what can be freed and fills unused memory with zeros, before a snapshot. The agent ends. */
  z.strictObject({
    id: requestId,
    op: z.literal("prepare"),
    /** Whether files that have been read stay in memory. */
    keepFiles: z.boolean(),
  }),
  /** Tells the guest that it has been restored: it draws fresh random bits and sets its clock. */
  z.strictObject({
    id: requestId,
    op: z.literal("resume"),
    /** Milliseconds since 1970. */
    epochMs: z.int().positive(),
  }),
]);

/** What each kind of record holds. */
export type RecordBodies = {
  [K in keyof typeof recordSchemas]: z.infer<(typeof recordSchemas)[K]>;
};
export type RecordKind = keyof RecordBodies;
/** A line of the agent: `{"id":7,"process":{…}}` has kind `process`. */
export type AgentLine = { id: number } & (
  | { [K in RecordKind]: { kind: K; body: RecordBodies[K] } }[RecordKind]
  | { kind: "done"; body: AgentDone }
  | { kind: "ended"; body: AgentEnd }
  | { kind: "error"; body: AgentRefusal }
);

const bodySchemas = {
  ...recordSchemas,
  done: doneSchema,
  error: refusalSchema,
  ended: endedSchema,
};
const envelopeSchema = z.looseObject({ id: count });

/** Reads one line; undefined when it is no message of the agent. */
export function parseAgentLine(line: string): AgentLine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const envelope = envelopeSchema.safeParse(value).data;
  const [kind, more] = Object.keys(envelope ?? {}).filter((key) => key !== "id");
  if (!envelope || !kind || more !== undefined || !Object.hasOwn(bodySchemas, kind))
    return undefined;
  const body = bodySchemas[kind as keyof typeof bodySchemas].safeParse(envelope[kind]);
  return body.success ? ({ id: envelope.id, kind, body: body.data } as AgentLine) : undefined;
}

export type AgentRequest = z.infer<typeof agentRequestSchema>;
export type AgentProcess = z.infer<typeof processSchema>;
export type AgentCgroup = z.infer<typeof cgroupSchema>;
export type AgentMount = z.infer<typeof mountSchema>;
export type AgentInterface = z.infer<typeof interfaceSchema>;
export type AgentAddress = z.infer<typeof addressSchema>;
export type AgentMemory = z.infer<typeof memorySchema>;
export type AgentContainer = z.infer<typeof containerSchema>;
export type AgentRefusal = z.infer<typeof refusalSchema>;
export type AgentEnd = z.infer<typeof endedSchema>;
export type AgentDone = z.infer<typeof doneSchema>;
