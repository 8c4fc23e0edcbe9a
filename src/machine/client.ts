import { errorData, MachineError, type MachineErrorData } from "./errors.ts";
import { forbidden, watchPolicy } from "./forbidden.ts";
import { answerOfNone } from "./nobody.ts";
import type {
  Answer,
  FromWorker,
  MachineEvent,
  MachineOptions,
  MachinePort,
  MachineStatus,
  Measurement,
  Query,
  ToWorker,
} from "./protocol.ts";
import { Terminals } from "./terminals.ts";
import workerUrl from "./worker.ts?worker&url";
import { workerTrouble } from "./worker-trouble.ts";

/** States in which somebody waits for what the worker does. */
const STARTING: ReadonlySet<MachineStatus["state"]> = new Set([
  "downloading",
  "building",
  "booting",
]);
/**
 * What leaves nothing in the worker that another try could go on with: it remembers what was refused
 * to it, its decoder that it could not be compiled, and whatever had no memory begins best with none in use.
 */
const SPENT: ReadonlySet<MachineErrorData["code"]> = new Set(["memory", "engine", "forbidden"]);
/** Seconds are counted one by one: a clock goes on while a computer sleeps. */
const SECOND_MS = 1000;
/** How often a worker that says nothing is asked something, from the first second of it. */
const ASK_SECONDS = 10;
/**
 * A worker that has said nothing for so long hangs. Firefox 153 does, in one of 90 machines, where v86's
 * own worker is refused: the call that makes it does not return.
 */
const SILENT_SECONDS = 30;
/**
 * A worker's script, of which nobody sees the bytes arrive, is on its way for so long at most: enough for
 * its 0.6 MB at 27 kbit/s, and for the 0.17 MB that a server which compresses sends at 8.
 */
const LOADING_SECONDS = 180;

/** A machine in a worker of its own, which exists from a start until `destroy`, or until it is spent. */
export class MachineClient implements MachinePort {
  readonly id: string;
  readonly terminals: Terminals;
  readonly #guestUrl: string;
  readonly #listeners = new Set<(event: MachineEvent) => void>();
  /** Who waits for an answer, and what it is when there is nobody to give one. */
  readonly #queries = new Map<number, { query: Query; settle: (value: unknown) => void }>();
  readonly #sizes = new Map<number, [columns: number, rows: number]>();
  #status: MachineStatus = { state: "idle", poweredOff: false };
  #worker: Worker | undefined;
  /** Whether the worker has said anything yet, whether since it was last told to do something, and when. */
  #spoke = false;
  #answered = false;
  #silentSeconds = 0;
  #pulse: ReturnType<typeof setInterval> | undefined;
  readonly #options: MachineOptions;
  #requests = 0;
  #wired = false;
  #watchMs = 0;

  /** @param guestUrl address of the folder that holds `manifest.json`, with a final slash */
  constructor(id: string, guestUrl: string, options: MachineOptions = {}) {
    this.id = id;
    this.#options = options;
    this.#guestUrl = guestUrl;
    this.terminals = new Terminals(this);
  }

  get status(): MachineStatus {
    return this.#status;
  }

  subscribe(listener: (event: MachineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    this.#begin("start");
  }

  pause(): void {
    this.#send({ type: "pause" });
  }

  resume(): void {
    this.#answered = false;
    this.#send({ type: "resume" });
  }

  reset(): void {
    this.#begin("reset");
  }

  restore(): void {
    this.#begin("restore");
  }

  off(): void {
    // What has not said a word could not obey.
    if (this.#worker && !this.#spoke) this.#end({ state: "idle", poweredOff: false });
    else this.#send({ type: "off" });
  }

  input(terminal: number, data: string | Uint8Array): void {
    this.terminals.of(terminal).typed(data);
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    this.#send({ type: "input", terminal, data: bytes });
  }

  open(terminal: number): void {
    this.#send({ type: "open", terminal });
  }

  resize(terminal: number, columns: number, rows: number): void {
    this.#sizes.set(terminal, [columns, rows]);
    this.#send({ type: "resize", terminal, columns, rows });
  }

  wire(attached: boolean): void {
    this.#wired = attached;
    this.#send({ type: "wire", attached });
  }

  frame(data: Uint8Array): void {
    this.#send({ type: "frame", data });
  }

  measure(): Promise<Measurement> {
    return this.query({ of: "measure" });
  }

  query<Q extends Query>(query: Q): Promise<Answer<Q>> {
    if (!this.#worker) return Promise.resolve(answerOfNone(query));
    const request = ++this.#requests;
    return new Promise((resolve) => {
      const settle = (value: unknown) => resolve(value as Answer<Q>);
      this.#queries.set(request, { query, settle });
      this.#send({ type: "query", request, query });
    });
  }

  watch(everyMs: number): void {
    this.#watchMs = everyMs;
    this.#send({ type: "watch", everyMs });
  }

  destroy(): void {
    this.#end({ state: "idle", poweredOff: false });
  }

  /** Ends the worker. Nobody goes on waiting for what it can no longer say. */
  #end(status: MachineStatus): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    clearInterval(this.#pulse);
    this.#receive({ type: "status", status });
    for (const { query, settle } of this.#queries.values()) settle(answerOfNone(query));
    this.#queries.clear();
  }

  #begin(type: "start" | "reset" | "restore"): void {
    try {
      this.#ensureWorker();
    } catch (thrown) {
      this.#receive({ type: "status", status: { state: "failed", error: errorData(thrown) } });
      return;
    }
    this.#answered = false;
    this.#send({ type });
  }

  #ensureWorker(): void {
    if (this.#worker) return;
    const missing = missingFeature();
    if (missing) throw new MachineError({ code: "unsupported", params: { missing } });
    watchPolicy();
    const worker = new Worker(workerUrl, { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
      this.#spoke = true;
      this.#answered = true;
      this.#silentSeconds = 0;
      this.#receive(data);
    });
    worker.addEventListener("error", (event) => void this.#broken(worker, event));
    this.#worker = worker;
    this.#spoke = false;
    this.#silentSeconds = 0;
    this.#pulse = setInterval(() => this.#listen(), SECOND_MS);
    // The machine's program is what comes first.
    this.#receive({ type: "status", status: { state: "downloading", received: 0, total: 0 } });
    const guestUrl = new URL(this.#guestUrl, location.href).href;
    this.#send({ type: "init", machine: this.id, options: this.#options, guestUrl });
    if (this.#watchMs > 0) this.#send({ type: "watch", everyMs: this.#watchMs });
    if (this.#wired) this.#send({ type: "wire", attached: true });
    for (const [terminal, [columns, rows]] of this.#sizes)
      this.#send({ type: "resize", terminal, columns, rows });
  }

  /** Once a second: whether the worker still says something where it should. */
  #listen(): void {
    const isAwaited = STARTING.has(this.#status.state) || !this.#answered;
    this.#silentSeconds = isAwaited ? this.#silentSeconds + 1 : 0;
    const limit = this.#spoke ? SILENT_SECONDS : LOADING_SECONDS;
    if (this.#silentSeconds >= limit) this.#fallenSilent(limit);
    else if (this.#silentSeconds % ASK_SECONDS === 1) void this.measure();
  }

  /** For so many seconds neither a word nor an error has come from the worker. */
  #fallenSilent(seconds: number): void {
    const reason = `no answer in ${seconds} s`;
    const file = new URL(workerUrl, location.href).pathname.replace(/^.*\//, "");
    const error = this.#spoke
      ? ({ code: "engine", params: { reason } } as const)
      : ({ code: "script", params: { file, reason } } as const);
    this.#end({ state: "failed", error: forbidden() ?? error });
  }

  /** The worker could not be loaded, or nobody caught an error in it: it is not to be trusted any more. */
  async #broken(worker: Worker, event: Event): Promise<void> {
    // What the matter is takes time to find out, and is told in any case.
    if (this.#worker === worker) clearInterval(this.#pulse);
    const url = new URL(workerUrl, location.href).href;
    const error = await workerTrouble(event, url, location.href);
    // While that was found out, it may have been ended.
    if (this.#worker === worker) this.#end({ state: "failed", error });
  }

  #send(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }

  #receive(message: FromWorker): void {
    if (message.type === "answer") {
      this.#queries.get(message.request)?.settle(message.value);
      this.#queries.delete(message.request);
      return;
    }
    if (message.type === "status") {
      const { status } = message;
      this.#status = status;
      if (this.#worker && status.state === "failed" && SPENT.has(status.error.code)) {
        // Which tells whoever listens.
        this.#end(status);
        return;
      }
    }
    for (const listener of this.#listeners) listener(message);
  }
}

/** Which needed feature this browser lacks, by the name that a search engine knows. */
function missingFeature(): string | undefined {
  if (typeof WebAssembly === "undefined") return "WebAssembly";
  if (typeof Worker === "undefined") return "Web Workers";
  return undefined;
}
