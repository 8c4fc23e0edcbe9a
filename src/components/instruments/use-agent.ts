import { type Signal, useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { AgentTopics } from "../../machine/agent.ts";
import type { AgentErrorData } from "../../machine/agent-error.ts";
import type { AgentTopic } from "../../machine/agent-protocol.ts";
import type { MachineState } from "../../machine/protocol.ts";
import { type Strings, text } from "../../ui/strings.ts";
import { agentOf } from "./agent-of.ts";
import { agentTrouble } from "./trouble.ts";
import type { Attached } from "./use-machine.ts";

/** What the agent says again and again while an instrument is looked at. */
export interface Told<T> {
  /** The last answer of this boot. */
  value: Signal<T | undefined>;
  trouble: Signal<AgentErrorData | undefined>;
  /** Whether the machine has stopped after it had answered. */
  lost: Signal<boolean>;
}

/** Pause before it is asked again after an error. */
const RETRY_MS = 2000;
/** Without a whole answer for so long, damaged ones are said to be damaged. */
const SILENT_SECONDS = 15;
const CHECK_MS = 1000;

/** Subscribes to a topic while the instrument is on the screen and the machine runs. */
export function useAgent<T extends AgentTopic>(
  { machine, state, seen }: Attached,
  topic: T,
  everyMs: number,
): Told<AgentTopics[T]> {
  const value = useSignal<AgentTopics[T] | undefined>();
  const trouble = useSignal<AgentErrorData | undefined>();
  const lost = useSignal(false);
  const runs = useComputed(() => isOn(state.value));
  const asks = useComputed(() => runs.value && seen.value);
  useSignalEffect(() => {
    if (runs.value) return;
    if (value.peek() !== undefined) lost.value = true;
    value.value = undefined;
    trouble.value = undefined;
  });
  useSignalEffect(() => {
    if (!asks.value) return;
    let end = () => {};
    let retry: ReturnType<typeof setTimeout> | undefined;
    let waited = 0;
    const subscribe = () => {
      const stop = agentOf(machine).subscribe(topic, { everyMs }, hear, ({ data }) => {
        if (data.code !== "interrupted") trouble.value = data;
        retry = setTimeout(subscribe, RETRY_MS);
      });
      end = stop;
    };
    const hear = (answer: { value: AgentTopics[T] }) => {
      waited = 0;
      trouble.value = undefined;
      lost.value = false;
      value.value = answer.value;
    };
    const check = setInterval(() => {
      if (state.peek() === "paused") return;
      waited += CHECK_MS / 1000;
      if (waited >= SILENT_SECONDS)
        trouble.value ??= { code: "timeout", params: { what: topic, seconds: SILENT_SECONDS } };
    }, CHECK_MS);
    subscribe();
    return () => {
      clearInterval(check);
      clearTimeout(retry);
      end();
    };
  });
  return { value, trouble, lost };
}

/** What keeps the picture from being live, in the page's language. */
export function toldTrouble(
  strings: Strings,
  { trouble, lost }: Told<unknown>,
  state: MachineState,
): string | undefined {
  if (trouble.value) return agentTrouble(strings, trouble.value);
  const stopped = state === "idle" || state === "crashed" || state === "failed";
  return lost.value && stopped ? text(strings, "instrument.off") : undefined;
}

/** Whether the guest's system is there, if perhaps standing still. */
export function isOn(state: MachineState): boolean {
  return state === "ready" || state === "paused";
}
