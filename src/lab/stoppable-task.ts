import { LabError } from "./errors.ts";

/** One operation at a time, with a signal by which it can be ended. */
export class StoppableTask {
  #stop: AbortController | undefined;
  #working: Promise<void> = Promise.resolve();

  get busy(): boolean {
    return this.#stop !== undefined;
  }

  /**
   * Does something, unless something is being done.
   * @param work  gets the signal that {@link stop} aborts; is to end soon after that
   * @param ended  told what it threw, and whether it was stopped, before the task is free again
   */
  async run(
    work: (signal: AbortSignal) => Promise<void>,
    ended: (thrown: unknown, stopped: boolean) => void,
  ): Promise<void> {
    if (this.#stop) return;
    const stop = new AbortController();
    this.#stop = stop;
    this.#working = (async () => {
      let thrown: unknown;
      try {
        await unlessStopped(work(stop.signal), stop.signal);
      } catch (error) {
        thrown = error;
      }
      this.#stop = undefined;
      ended(thrown, stop.signal.aborted);
    })();
    await this.#working;
  }

  /** Ends what is being done. */
  stop(): void {
    this.#stop?.abort();
  }

  /** Settles when nothing is being done; never rejects. */
  settled(): Promise<void> {
    return this.#working.catch(() => {});
  }
}

/**
 * What `work` comes to, or `stopped` as soon as the signal says so: a script or a file that never
 * arrives cannot keep anybody waiting who wants to stop.
 * @throws LabError `stopped`
 */
async function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(new LabError({ code: "stopped", params: {} }));
  signal.addEventListener("abort", stop);
  // Whatever becomes of it after that is nobody's business.
  work.catch(() => {});
  try {
    if (signal.aborted) stop();
    return await Promise.race([work, stopped.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
