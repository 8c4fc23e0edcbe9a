import { errorData, MachineError } from "./errors.ts";
import { watchPolicy } from "./forbidden.ts";
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

/** A machine in a worker of its own. The worker exists from the first start until `destroy`. */
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
    this.#send({ type: "resume" });
  }

  reset(): void {
    this.#begin("reset");
  }

  restore(): void {
    this.#begin("restore");
  }

  off(): void {
    this.#send({ type: "off" });
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
    this.#send({ type });
  }

  #ensureWorker(): void {
    if (this.#worker) return;
    const missing = missingFeature();
    if (missing) throw new MachineError({ code: "unsupported", params: { missing } });
    watchPolicy();
    const worker = new Worker(workerUrl, { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => this.#receive(data));
    worker.addEventListener("error", (event) => void this.#broken(worker, event));
    this.#worker = worker;
    const guestUrl = new URL(this.#guestUrl, location.href).href;
    this.#send({ type: "init", machine: this.id, options: this.#options, guestUrl });
    if (this.#watchMs > 0) this.#send({ type: "watch", everyMs: this.#watchMs });
    if (this.#wired) this.#send({ type: "wire", attached: true });
    for (const [terminal, [columns, rows]] of this.#sizes)
      this.#send({ type: "resize", terminal, columns, rows });
  }

  /** The worker could not be loaded, or nobody caught an error in it: it is not to be trusted any more. */
  async #broken(worker: Worker, event: Event): Promise<void> {
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
    if (message.type === "status") this.#status = message.status;
    for (const listener of this.#listeners) listener(message);
  }
}

/** Which needed feature this browser lacks, by the name that a search engine knows. */
function missingFeature(): string | undefined {
  if (typeof WebAssembly === "undefined") return "WebAssembly";
  if (typeof Worker === "undefined") return "Web Workers";
  return undefined;
}
