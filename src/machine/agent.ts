import { AgentError } from "./agent-error.ts";
import { LineSplitter } from "./agent-lines.ts";
import {
  AGENT_PORT,
  type AgentAddress,
  type AgentCgroup,
  type AgentContainer,
  type AgentDone,
  type AgentEnd,
  type AgentInterface,
  type AgentMemory,
  type AgentMount,
  type AgentProcess,
  type AgentRequest,
  type AgentTopic,
  agentRequestSchema,
  LONGEST_LINE,
  type NamespaceType,
  parseAgentLine,
  type RecordBodies,
  type RecordKind,
  recordSchemas,
} from "./agent-protocol.ts";
import type { MachineEvent, MachinePort } from "./protocol.ts";

type Records = { [K in RecordKind]: RecordBodies[K][] };

/** What the agent says on each topic. */
export interface AgentTopics {
  processes: AgentProcess[];
  cgroups: AgentCgroup[];
  mounts: AgentMount[];
  interfaces: (AgentInterface & { addresses: Omit<AgentAddress, "index">[] })[];
  memory: AgentMemory;
  clock: undefined;
}

/** What the channel needs of a machine. */
export type AgentHost = Pick<MachinePort, "status" | "subscribe" | "input">;

/** An answer, and when the guest gave it: its `CLOCK_MONOTONIC` in nanoseconds. */
export interface AgentAnswer<T> {
  value: T;
  beganNs: number;
  endedNs: number;
}

/** What became of a request to start containers. Those that were started go on running. */
export interface Spawned {
  containers: AgentContainer[];
  /** Why there are fewer than were asked for. */
  failure: { errno: number; detail: string } | undefined;
}

export interface AskOptions {
  /** Whose mounts or interfaces; without it the agent's own. */
  pid?: number;
  /** Seconds to wait while the machine is not paused. */
  limitSeconds?: number;
}

/** How a topic's records become its value. */
const readers: { [T in AgentTopic]: (records: Records) => AgentTopics[T] } = {
  processes: (records) => records.process,
  cgroups: (records) => records.cgroup,
  mounts: (records) => records.mount,
  interfaces: ({ interface: interfaces, address }) =>
    interfaces.map((one) => ({
      ...one,
      addresses: address
        .filter(({ index }) => index === one.index)
        .map(({ index: _, ...rest }) => rest),
    })),
  memory: ({ memory: [memory] }) => memory ?? {},
  clock: () => undefined,
};

/** Who waits for an answer: once, or for one after another. */
interface Pending {
  what: string;
  /** Milliseconds that an answer may take, and what is left of them. */
  limit: number;
  left: number;
  repeats: boolean;
  /** The agent ends after this answer, and only then it counts: kept here until init says so. */
  last: boolean;
  answer: AgentAnswer<Records> | undefined;
  records: Records;
  received: number;
  done(answer: AgentAnswer<Records>): void;
  failed(error: AgentError): void;
}

type Unnumbered = AgentRequest extends infer R
  ? R extends unknown
    ? Omit<R, "id">
    : never
  : never;
type Waiting = Pick<Pending, "done" | "failed"> & { limitSeconds: number };

const TICK_MS = 100;
const LIMIT_SECONDS = 30;
/** Starting or ending thousands of containers on a slow computer takes minutes. */
const CONTAINERS_LIMIT_SECONDS = 600;
/** More records than a machine can have of anything: whoever sends more is not the agent. */
const MOST_RECORDS = 50_000;
/** Ids begin anywhere below this, so that what an earlier page left behind is not taken for ours. */
const HIGHEST_FIRST_ID = 500_000_000;

/**
 * The host's end of the agent's port. One per machine; it outlives any number of the machine's
 * boots. Whatever comes over the port, nothing is thrown, and only those who asked get an error.
 */
export class AgentChannel {
  readonly #machine: AgentHost;
  readonly #unsubscribe: () => void;
  readonly #lines = new LineSplitter(LONGEST_LINE);
  readonly #pending = new Map<number, Pending>();
  #lastId = Math.floor(Math.random() * HIGHEST_FIRST_ID);
  #garbage = 0;
  #stray: number | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #ticked = 0;

  constructor(machine: AgentHost) {
    this.#machine = machine;
    this.#unsubscribe = machine.subscribe((event) => this.#hear(event));
  }

  /** How many lines were no message of the agent. */
  get garbage(): number {
    return this.#garbage + this.#lines.dropped;
  }

  /** Asks once. @throws AgentError */
  async ask<T extends AgentTopic>(
    topic: T,
    { pid, limitSeconds = LIMIT_SECONDS }: AskOptions = {},
  ): Promise<AgentAnswer<AgentTopics[T]>> {
    const request = { op: "ask", topic, ...(pid !== undefined && { pid }) } as const;
    const { value, ...times } = await this.#request(request, limitSeconds);
    return { value: readers[topic](value), ...times };
  }

  /**
   * Asks again and again, `everyMs` after each answer. A damaged answer is left out.
   * @param ended  called once if the subscription ends by itself
   * @returns ends the subscription
   */
  subscribe<T extends AgentTopic>(
    topic: T,
    { everyMs, pid }: { everyMs: number; pid?: number },
    listener: (answer: AgentAnswer<AgentTopics[T]>) => void,
    ended: (error: AgentError) => void = () => {},
  ): () => void {
    const request = { op: "subscribe", topic, everyMs, ...(pid !== undefined && { pid }) } as const;
    const id = this.#send(request, {
      limitSeconds: everyMs / 1000 + LIMIT_SECONDS,
      done: ({ value, ...times }) => listener({ value: readers[topic](value), ...times }),
      failed: ended,
    });
    return () => {
      if (this.#pending.delete(id)) this.#tell({ op: "unsubscribe", subscription: id });
    };
  }

  /** Starts containers: waiting processes in new namespaces of the given types. @throws AgentError */
  async spawn(count: number, namespaces: readonly NamespaceType[]): Promise<AgentAnswer<Spawned>> {
    const request: Unnumbered = { op: "spawn", count, namespaces: [...namespaces] };
    const { value, ...times } = await this.#request(request, CONTAINERS_LIMIT_SECONDS);
    return { value: { containers: value.container, failure: value.failure[0] }, ...times };
  }

  /** Ends all containers that `spawn` started; the value is how many. @throws AgentError */
  async killAll(): Promise<AgentAnswer<number>> {
    const { value, ...times } = await this.#request({ op: "kill" }, CONTAINERS_LIMIT_SECONDS);
    return { value: value.killed[0]?.count ?? 0, ...times };
  }

  /**
   * Makes the machine's memory small for a snapshot. The agent ends for it: when this returns its
   * memory is free and init waits on its port.
   * @param keepFiles  whether files that programs have read stay in memory
   * @throws AgentError
   */
  async prepareSnapshot(keepFiles = false): Promise<void> {
    await this.#request({ op: "prepare", keepFiles }, CONTAINERS_LIMIT_SECONDS);
  }

  /**
   * Tells a machine that it has been restored: it draws fresh random bits and sets its clock.
   * @param epochMs  milliseconds since 1970
   * @throws AgentError
   */
  async resume(epochMs: number): Promise<void> {
    await this.#request({ op: "resume", epochMs }, LIMIT_SECONDS);
  }

  /** Ends every subscription and stops listening; what is still asked fails. */
  dispose(): void {
    for (const [subscription, { repeats }] of this.#pending)
      if (repeats) this.#write({ op: "unsubscribe", subscription }, ++this.#lastId);
    this.#unsubscribe();
    this.#failAll("disposed");
  }

  #request(request: Unnumbered, limitSeconds: number): Promise<AgentAnswer<Records>> {
    return new Promise((done, failed) => this.#send(request, { limitSeconds, done, failed }));
  }

  /** Sends what nobody waits for. */
  #tell(request: Unnumbered): void {
    this.#send(request, { limitSeconds: LIMIT_SECONDS, done: () => {}, failed: () => {} });
  }

  /** Notes who waits, and sends. Fails soon when there is no system to ask. */
  #send(request: Unnumbered, { limitSeconds, done, failed }: Waiting): number {
    const id = ++this.#lastId;
    const what = "topic" in request ? request.topic : request.op;
    const { state } = this.#machine.status;
    if (state !== "ready" && state !== "paused") {
      queueMicrotask(() =>
        failed(new AgentError({ code: "interrupted", params: { what, state } })),
      );
      return id;
    }
    this.#write(request, id);
    const limit = limitSeconds * 1000;
    const repeats = request.op === "subscribe";
    const last = request.op === "prepare";
    const records = noRecords();
    this.#pending.set(id, {
      what,
      limit,
      left: limit,
      repeats,
      last,
      answer: undefined,
      records,
      received: 0,
      done,
      failed,
    });
    if (this.#timer === undefined) {
      this.#ticked = performance.now();
      this.#timer = setInterval(() => this.#tick(), TICK_MS);
    }
    return id;
  }

  /** The first line end wakes the agent, and ends whatever was on its line before. */
  #write(request: Unnumbered, id: number): void {
    const line = JSON.stringify(agentRequestSchema.parse({ ...request, id }));
    this.#machine.input(AGENT_PORT, `\n${line}\n`);
  }

  #hear(event: MachineEvent): void {
    if (event.type === "output" && event.terminal === AGENT_PORT)
      for (const line of this.#lines.push(event.data)) this.#receive(line);
    if (event.type !== "status") return;
    const { state } = event.status;
    if (state === "ready" || state === "paused") return;
    this.#lines.reset();
    this.#failAll(state);
  }

  #receive(text: string): void {
    const line = parseAgentLine(text);
    if (!line) {
      this.#garbage++;
      return;
    }
    if (line.kind === "ended") {
      this.#meetEnd(line.body);
      return;
    }
    const pending = this.#pending.get(line.id);
    if (!pending) {
      if (line.kind === "done") this.#meetStray(line.id);
      return;
    }
    if (line.kind === "error") {
      const { code, detail } = line.body;
      const params = { what: pending.what, reason: code, detail };
      this.#fail(line.id, new AgentError({ code: "refused", params }));
    } else if (line.kind === "done") {
      this.#finish(line.id, pending, line.body);
    } else if (pending.received++ < MOST_RECORDS) {
      (pending.records[line.kind] as unknown[]).push(line.body);
    }
  }

  #finish(id: number, pending: Pending, { records: expected, beganNs, endedNs }: AgentDone): void {
    const { what, received, records } = pending;
    const whole = received === expected && received <= MOST_RECORDS;
    pending.records = noRecords();
    pending.received = 0;
    pending.left = pending.limit;
    if (!pending.repeats && !whole)
      this.#fail(id, new AgentError({ code: "garbled", params: { what, expected, received } }));
    if (whole && pending.last) {
      pending.answer = { value: records, beganNs, endedNs };
      return;
    }
    if (!pending.repeats) this.#pending.delete(id);
    if (whole) pending.done({ value: records, beganNs, endedNs });
  }

  /** What was asked of the agent that has ended will not be answered, unless its end was the answer. */
  #meetEnd(end: AgentEnd): void {
    for (const [id, { what, answer, done }] of this.#pending) {
      if (!answer || !("exit" in end) || end.exit !== 0) {
        this.#fail(id, new AgentError({ code: "ended", params: { what, how: howItEnded(end) } }));
        continue;
      }
      this.#pending.delete(id);
      done(answer);
    }
  }

  /**
   * An answer nobody waits for. When it comes again it is a subscription that somebody left behind,
   * perhaps in a snapshot.
   */
  #meetStray(id: number): void {
    if (this.#stray === id) this.#tell({ op: "unsubscribe", subscription: id });
    this.#stray = id;
  }

  #fail(id: number, error: AgentError): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.failed(error);
  }

  #failAll(state: string): void {
    for (const [id, { what }] of this.#pending)
      this.#fail(id, new AgentError({ code: "interrupted", params: { what, state } }));
  }

  /** Takes the time that has passed from everybody's limit, unless the machine stands still. */
  #tick(): void {
    const now = performance.now();
    const passed = Math.min(now - this.#ticked, 10 * TICK_MS);
    this.#ticked = now;
    if (this.#machine.status.state !== "paused")
      for (const [id, pending] of this.#pending) {
        pending.left -= passed;
        if (pending.left > 0) continue;
        const params = { what: pending.what, seconds: pending.limit / 1000 };
        this.#fail(id, new AgentError({ code: "timeout", params }));
        if (pending.repeats) this.#tell({ op: "unsubscribe", subscription: id });
      }
    if (this.#pending.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

function howItEnded(end: AgentEnd): string {
  return "exit" in end ? `exit ${end.exit}` : `signal ${end.signal}`;
}

function noRecords(): Records {
  const kinds = Object.keys(recordSchemas) as RecordKind[];
  return Object.fromEntries(kinds.map((kind) => [kind, []])) as unknown as Records;
}
