import type { LensView } from "../../lab/instruments/translation-lens.ts";
import type { TranslatedPage, Translation } from "../../machine/protocol.ts";
import type { LensReply, LensRequest } from "./lens-worker.ts";

type Waiting = (reply: LensReply) => void;

/** Reads code in a worker of its own, which exists from the first look until `end`. */
export class LensClient {
  #worker: Worker | undefined;
  #requests = 0;
  readonly #waiting = new Map<number, Waiting>();

  /** @throws Error saying what went wrong; the next look tries again */
  async look(page: TranslatedPage, translation: Translation): Promise<LensView> {
    const worker = this.#ensure();
    const request = ++this.#requests;
    const reply = await new Promise<LensReply>((resolve) => {
      this.#waiting.set(request, resolve);
      worker.postMessage({ request, page, translation } satisfies LensRequest);
    });
    if ("failure" in reply) throw new Error(reply.failure);
    return reply.view;
  }

  /** Frees the worker and the tools' memory; whoever waits is told so. */
  end(reason = "closed"): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const [request, resolve] of this.#waiting) resolve({ request, failure: reason });
    this.#waiting.clear();
  }

  #ensure(): Worker {
    if (this.#worker) return this.#worker;
    // Vite finds a worker only in this literal form.
    const worker = new Worker(new URL("./lens-worker.ts", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<LensReply>) => {
      this.#waiting.get(data.request)?.(data);
      this.#waiting.delete(data.request);
    });
    worker.addEventListener("error", (event) => this.end(event.message || "worker"));
    this.#worker = worker;
    return worker;
  }
}
