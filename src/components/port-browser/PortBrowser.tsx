import { useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { type Answer, fetchCommand, type NoAnswer, readAnswer } from "../../lab/port-fetch.ts";
import type { Language } from "../../lab/step.ts";
import { bytesIn } from "../../ui/bytes.ts";
import { type Strings, text } from "../../ui/strings.ts";
import { words } from "../../ui/words.ts";
import { looking, typing } from "../instruments/quiet-terminal.ts";
import { isOn } from "../instruments/use-agent.ts";
import { useMachine } from "../instruments/use-machine.ts";
import { Consent, useWilling } from "../lab/Consent.tsx";
import type { MachineFacts } from "../lab/guest-sizes.ts";
import { MachineBar } from "../lab/MachineBar.tsx";
import { ToldTrouble } from "../machine/task.ts";
import { useTask } from "../machine/use-task.ts";
import { documentOf } from "./document.ts";

/** Letters of a path: it is typed into the machine's shell, one by one. */
const LONGEST_PATH = 2000;

interface Props {
  machine: string;
  facts: MachineFacts;
  lang: Language;
  guestPath: string;
  /** The port that is in the field at first. */
  port: number;
}

/** What answers on a port of the machine, as a browser on the machine would show it. */
export function PortBrowser({ lang, facts, ...props }: Props): JSX.Element {
  const strings = words(lang);
  const place = useRef<HTMLElement>(null);
  const attached = useMachine(props.machine, props.guestPath, place, { probes: false });
  const { machine, alive, state } = attached;
  const port = useSignal(`${props.port}`);
  const path = useSignal("/");
  /** The last answer, with the port that it came from. */
  const answer = useSignal<{ port: number; given: Answer | NoAnswer } | undefined>(undefined);
  const { asked, willing } = useWilling({ [props.machine]: facts }, props.guestPath);
  const asking = useTask(attached, strings);
  const say = (key: string, params: Record<string, string | number> = {}) =>
    text(strings, `browser.${key}`, params);

  // What answered is gone with the machine that it ran on.
  useEffect(
    () =>
      machine.port.subscribe(({ type }) => {
        if (type === "power-on") answer.value = undefined;
      }),
    [],
  );
  useSignalEffect(() => {
    if (!isOn(state.value)) answer.value = undefined;
  });

  const go = () =>
    asking.run(async (signal) => {
      const number = /^\d+$/.test(port.value) ? Number(port.value) : 0;
      if (number < 1 || number > 65535)
        throw new ToldTrouble(say("port.wrong", { given: port.value }));
      const command = fetchCommand(number, path.value.replace(/^(?!\/)/, "/"));
      const output = await looking(machine, (shell, signal) => typing(shell, signal)(command));
      signal.throwIfAborted();
      if (output === undefined) throw new ToldTrouble(say("occupied"));
      answer.value = { port: number, given: readAnswer(output) };
    });
  const ready = alive.value && state.value === "ready";
  return (
    <section
      class="ok-lab ok-port-browser not-content"
      aria-label={say("title")}
      data-busy={asking.busy.value}
      ref={place}
    >
      <p class="ok-lab-kind">{say("title")}</p>
      <MachineBar
        machine={machine}
        alive={alive.value}
        strings={strings}
        facts={facts}
        named
        onStart={() => willing([machine], () => machine.bringUp())}
        onBoot={() => willing([machine], () => machine.port.reset(), "boot")}
      />
      <form
        class="ok-address"
        onSubmit={(event) => {
          event.preventDefault();
          void go();
        }}
      >
        <span aria-hidden="true">http://localhost:</span>
        <input
          class="ok-address-port"
          inputMode="numeric"
          maxLength={5}
          aria-label={say("port")}
          value={port.value}
          disabled={!alive.value}
          onInput={({ currentTarget }) => {
            port.value = currentTarget.value;
          }}
        />
        <input
          class="ok-address-path"
          aria-label={say("path")}
          value={path.value}
          maxLength={LONGEST_PATH}
          spellcheck={false}
          autoCapitalize="off"
          disabled={!alive.value}
          onInput={({ currentTarget }) => {
            path.value = currentTarget.value;
          }}
        />
        <button type="submit" class="ok-button" disabled={!ready}>
          {say(asking.busy.value ? "going" : "go")}
        </button>
      </form>
      {asking.trouble.value && (
        <p class="ok-trouble" role="alert">
          {asking.trouble.value}
        </p>
      )}
      <div class="ok-port-page" role="status">
        {answer.value ? (
          <Shown answer={answer.value.given} port={answer.value.port} strings={strings} />
        ) : (
          <p class="ok-note">{say("empty")}</p>
        )}
      </div>
      <Consent asked={asked} strings={strings} />
    </section>
  );
}

interface ShownProps {
  answer: Answer | NoAnswer;
  port: number;
  strings: Strings;
}

function Shown({ answer, port, strings }: ShownProps): JSX.Element {
  const say = (key: string, params: Record<string, string | number> = {}) =>
    text(strings, `browser.${key}`, params);
  if ("code" in answer)
    return (
      <div class="ok-trouble" data-answer={answer.code}>
        <p>{say(`none.${answer.code}`, { port: `${port}` })}</p>
        {answer.said && <pre>{answer.said}</pre>}
      </div>
    );
  const shown = documentOf(answer);
  const { status, reason, type, bytes, body, cut } = answer;
  const size = bytesIn(strings);
  return (
    <>
      <p class="ok-note" data-answer={status}>
        {say("answer", {
          status: `${status} ${reason}`.trim(),
          type: type || "–",
          size: size(bytes),
        })}
        {bytes > body.length && say("cut", { size: size(body.length) })}
        {cut !== undefined && say("incomplete")}
      </p>
      {cut && <pre class="ok-trouble">{cut}</pre>}
      {bytes > 0 &&
        (shown === undefined ? (
          <p class="ok-note">{say("binary")}</p>
        ) : (
          <>
            <iframe sandbox="" srcDoc={shown} title={say("frame")} />
            <p class="ok-note">{say("alone")}</p>
          </>
        ))}
    </>
  );
}
