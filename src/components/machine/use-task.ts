import { useEffect, useMemo } from "preact/hooks";
import type { Strings } from "../../ui/strings.ts";
import type { Attached } from "../instruments/use-machine.ts";
import { abortWhenOff, Task } from "./task.ts";

interface TaskOptions {
  /** Whether it is done again and again, so that its trouble stays until it succeeds. */
  repeats?: boolean;
  /** Whether it switches the machine off and on itself, and so goes on when that is off. */
  powers?: boolean;
}

/**
 * Something that a part of the page does with its machine. It is aborted when the part goes away, and
 * when the machine loses what it did.
 */
export function useTask(
  { state }: Pick<Attached, "state">,
  strings: Strings,
  { repeats = false, powers = false }: TaskOptions = {},
): Task {
  const task = useMemo(() => new Task(strings, { keepsTrouble: repeats }), []);
  useEffect(() => (powers ? () => task.abort() : abortWhenOff(task, state)), []);
  return task;
}
