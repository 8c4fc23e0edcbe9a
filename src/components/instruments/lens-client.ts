import type { LensView } from "../../lab/instruments/translation-lens.ts";
import { MachineError, type MachineErrorData } from "../../machine/errors.ts";
import type { TranslatedPage, Translation } from "../../machine/protocol.ts";
import { importTrouble } from "../../machine/script-trouble.ts";
import { workerTrouble } from "../../machine/worker-trouble.ts";
import { tellStale } from "../site/watch-stale.ts";
import type { LensReply, LensRequest } from "./lens-worker.ts";
import lensWorkerUrl from "./lens-worker.ts?worker&url";

interface Waiting {
  resolve(view: LensView): void;
  reject(reason: Error): void;
}

/** Reads code in a worker of its own, which exists from the first look until `end`. */
export class LensClient {
  #worker: Worker | undefined;
  #requests = 0;
  readonly #waiting = new Map<number, Waiting>();
  /** Set once the tools are not where the page says: only a reload of the page changes that. */
  #stale: MachineError | undefined;

  /**
   * @throws MachineError when the tools could not be loaded, Error saying what else went wrong. The
   * next look tries again, unless it is the page that is too old.
   */
  async look(page: TranslatedPage, translation: Translation): Promise<LensView> {
    if (this.#stale) throw this.#stale;
    const worker = this.#ensure();
    const request = ++this.#requests;
    return new Promise<LensView>((resolve, reject) => {
      this.#waiting.set(request, { resolve, reject });
      worker.postMessage({ request, page, translation } satisfies LensRequest);
    });
  }

  /** Frees the worker and the tools' memory; whoever waits is told so. */
  end(reason: Error = new Error("closed")): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
  }

  #ensure(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(lensWorkerUrl, { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<LensReply>) => {
      void this.#answer(data);
    });
    worker.addEventListener("error", (event) => {
      const url = new URL(lensWorkerUrl, location.href).href;
      void workerTrouble(event, url, location.href).then((trouble) => {
        // Whoever looks again meanwhile has another one.
        if (this.#worker === worker) this.end(this.#told(trouble));
      });
    });
    this.#worker = worker;
    return worker;
  }

  async #answer(reply: LensReply): Promise<void> {
    const waiting = this.#waiting.get(reply.request);
    this.#waiting.delete(reply.request);
    if (!waiting) return;
    if ("view" in reply) waiting.resolve(reply.view);
    else if (reply.loaded) waiting.reject(new Error(reply.failure));
    else {
      const url = new URL(lensWorkerUrl, location.href).href;
      waiting.reject(this.#told(await importTrouble(reply.failure, location.href, url)));
    }
  }

  #told(trouble: MachineErrorData): MachineError {
    const error = new MachineError(trouble);
    if (trouble.code === "stale") {
      this.#stale = error;
      tellStale(trouble);
    }
    return error;
  }
}
