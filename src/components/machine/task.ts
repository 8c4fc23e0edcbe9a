import { batch, effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import type { MachineState } from "../../machine/protocol.ts";
import type { Strings } from "../../ui/strings.ts";
import { troubleText } from "../instruments/trouble.ts";
import { isOn } from "../instruments/use-agent.ts";

/** Does something with a machine. Once `signal` is aborted, nobody waits for what comes of it. */
export type Work = (signal: AbortSignal) => Promise<void>;

/** Ends some work with a trouble that is said already, in the page's language. */
export class ToldTrouble extends Error {
  override readonly name = "ToldTrouble";
}

/** One thing that a part of the page does with a machine: whether it is at it, and why it failed. */
export class Task {
  readonly #busy = signal(false);
  readonly #trouble = signal<string | undefined>(undefined);
  readonly #strings: Strings;
  readonly #keepsTrouble: boolean;
  #stop = new AbortController();

  /** @param keepsTrouble  whether a trouble is told until the next run succeeds, not until it begins */
  constructor(strings: Strings, { keepsTrouble = false }: { keepsTrouble?: boolean } = {}) {
    this.#strings = strings;
    this.#keepsTrouble = keepsTrouble;
  }

  /** Whether it is at it. */
  get busy(): ReadonlySignal<boolean> {
    return this.#busy;
  }

  /** Why the last run failed, in the page's language. */
  get trouble(): ReadonlySignal<string | undefined> {
    return this.#trouble;
  }

  /** Does it, unless it is at it already. Never throws; settles at the latest when it is aborted. */
  async run(work: Work): Promise<void> {
    if (this.#busy.peek()) return;
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    batch(() => {
      this.#busy.value = true;
      if (!this.#keepsTrouble) this.#trouble.value = undefined;
    });
    const failure = await Promise.race([this.#failureOf(work, signal), aborted(signal)]);
    // What was aborted has been tidied up already, and another run may have begun.
    if (signal.aborted) return;
    batch(() => {
      this.#busy.value = false;
      this.#trouble.value = failure;
    });
  }

  /** Waits for nothing any more: the machine is gone, or the part of the page. */
  abort(): void {
    this.#stop.abort();
    batch(() => {
      this.#busy.value = false;
      this.#trouble.value = undefined;
    });
  }

  /** The one place where such work starts. @returns why it failed, if it did */
  async #failureOf(work: Work, signal: AbortSignal): Promise<string | undefined> {
    try {
      await work(signal);
      return undefined;
    } catch (thrown) {
      return thrown instanceof ToldTrouble ? thrown.message : troubleText(thrown, this.#strings);
    }
  }
}

/**
 * Aborts a task whenever its machine loses what it did: the machine says itself that it is off.
 * @returns what ends that, and aborts the task a last time
 */
export function abortWhenOff(task: Task, state: ReadonlySignal<MachineState>): () => void {
  const end = effect(() => {
    if (!isOn(state.value)) untracked(() => task.abort());
  });
  return () => {
    end();
    task.abort();
  };
}

/** The first trouble of some tasks, in the page's language. */
export function troubleOf(...tasks: readonly Task[]): string | undefined {
  return tasks.map(({ trouble }) => trouble.value).find((trouble) => trouble !== undefined);
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}
