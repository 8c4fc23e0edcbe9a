import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import {
  accountsOf,
  asMachines,
  COUNTS,
  endContainers,
  type Ledger,
  type LedgerData,
  type LedgerRow,
  returnedShare,
  startContainers,
  usedBytes,
} from "../../lab/instruments/memory-ledger.ts";
import type { Borrower } from "../../lab/lease.ts";
import { bytesIn } from "../../ui/bytes.ts";
import { type Strings, text } from "../../ui/strings.ts";
import { words } from "../../ui/words.ts";
import { troubleOf } from "../machine/task.ts";
import { useRepeated } from "../machine/use-repeated.ts";
import { useTask } from "../machine/use-task.ts";
import { agentOf } from "./agent-of.ts";
import { Frame } from "./Frame.tsx";
import type { InstrumentProps } from "./instrument-props.ts";
import { counted, LedgerBars } from "./LedgerBars.tsx";
import { Available, Groups, ProgramNote, RowNotes } from "./LedgerNotes.tsx";
import { numbersIn } from "./numbers.ts";
import { borrowed } from "./quiet-terminal.ts";
import { isOn, toldTrouble, useAgent } from "./use-agent.ts";
import { useMachine } from "./use-machine.ts";

const EVERY_MS = 1000;
/** How soon the machine is weighed again when that failed. */
const RETRY_MS = 5000;
const WHO: Borrower = { kind: "instrument", id: "memory-ledger" };

/** What containers take of a machine's memory, beside what as many machines would. */
export function MemoryLedgerView(props: InstrumentProps<LedgerData>): JSX.Element {
  const { recorded } = props;
  const strings = words(props.lang);
  const place = useRef<HTMLElement>(null);
  const attached = useMachine(props.roles.machine, props.guestPath, place, { probes: false });
  const { machine, alive, seen } = attached;
  const host = { port: machine.port, agent: agentOf(machine) };
  const told = useAgent(attached, "memory", EVERY_MS);
  const accounts = useAgent(attached, "cgroups", EVERY_MS);
  const ledger = useSignal<Ledger | undefined>();
  const step = useSignal(COUNTS.length - 1);
  /** The measurement whose containers are running. */
  const running = useSignal<LedgerRow | undefined>();
  const weighing = useTask(attached, strings, { repeats: true });
  const starting = useTask(attached, strings);
  const ending = useTask(attached, strings);
  const busy = starting.busy.value || ending.busy.value;

  useSignalEffect(() => {
    if (isOn(attached.state.value)) return;
    ledger.value = undefined;
    running.value = undefined;
  });
  // Once in a boot, before any container of ours: looking at all of the memory takes a while.
  const unweighed = useComputed(
    () => attached.state.value === "ready" && seen.value && ledger.value === undefined,
  );
  useRepeated(weighing, unweighed, RETRY_MS, async (signal) => {
    const vm = await machine.port.query({ of: "memory" });
    signal.throwIfAborted();
    if (vm.size > 0) ledger.value ??= { vm, rows: [] };
  });

  /** Puts a measurement into the ledger in place of an older one of as many containers. */
  const enter = (row: LedgerRow) => {
    const known = ledger.value;
    if (!known) return;
    const others = known.rows.filter(({ asked }) => asked !== row.asked);
    const rows = [...others, row].sort((a, b) => a.asked - b.asked);
    ledger.value = { ...known, rows };
  };
  const start = () =>
    starting.run(async (signal) => {
      running.value = undefined;
      const row = await borrowed(machine, WHO, () => startContainers(host, count), signal);
      signal.throwIfAborted();
      enter(row);
      running.value = row;
    });
  const end = () =>
    ending.run(async (signal) => {
      const row = running.value;
      const ended = await borrowed(machine, WHO, () => endContainers(host), signal);
      signal.throwIfAborted();
      running.value = undefined;
      if (row) enter({ ...row, ended });
    });

  const count = COUNTS[step.value] ?? 1;
  const { vm, rows } = ledger.value ?? recorded.data;
  const groups = accounts.value.value ? accountsOf(accounts.value.value) : recorded.data.groups;
  const row = rows.find(({ asked }) => asked === count);
  const state = attached.state.value;
  const can = state === "ready" && ledger.value !== undefined && !busy;
  return (
    <Frame
      {...props}
      id="memory-ledger"
      place={place}
      attached={attached}
      live={ledger.value !== undefined}
      trouble={troubleOf(starting, ending, weighing) ?? toldTrouble(strings, told, state)}
      table={tableOf({ vm, rows }, strings)}
      tools={
        <>
          <button type="button" class="ok-button" disabled={!can} onClick={() => void start()}>
            {counted(strings, "start", count)}
          </button>
          <button type="button" class="ok-button" disabled={!can} onClick={() => void end()}>
            {text(strings, "memory-ledger.end")}
          </button>
        </>
      }
    >
      <div class="ok-ledger-slider">
        <label>
          {text(strings, "memory-ledger.slider")}
          <input
            type="range"
            min={0}
            max={COUNTS.length - 1}
            step={1}
            value={step.value}
            disabled={!alive.value || busy}
            aria-valuetext={String(count)}
            onInput={({ currentTarget: { value } }) => {
              step.value = Number(value);
            }}
          />
        </label>
        <div aria-hidden="true">
          {COUNTS.map((stop) => (
            <span key={stop} data-now={stop === count}>
              {numbersIn(strings).plain(stop)}
            </span>
          ))}
        </div>
      </div>
      <LedgerBars vm={vm} row={row} asked={count} strings={strings} />
      <div class="ok-ledger-notes">
        <p role="status">
          {starting.busy.value && text(strings, "memory-ledger.starting")}
          {ending.busy.value && text(strings, "memory-ledger.ending")}
        </p>
        {row && <RowNotes vm={vm} row={row} strings={strings} />}
        {running.value && (
          <p>{text(strings, "memory-ledger.running", { count: running.value.started })}</p>
        )}
        {told.value.value && <Available memory={told.value.value} strings={strings} />}
        <ProgramNote {...recorded.data.program} strings={strings} />
        <Groups groups={groups} strings={strings} />
      </div>
    </Frame>
  );
}

function tableOf({ vm, rows }: Ledger, strings: Strings) {
  const bytes = bytesIn(strings);
  const { plain, percent } = numbersIn(strings);
  const keys = ["count", "containers", "each", "returned", "touched", "reserved"];
  return {
    head: keys.map((key) => text(strings, `memory-ledger.head.${key}`)),
    rows: COUNTS.map((count) => {
      const row = rows.find(({ asked }) => asked === count);
      const started = row?.started ?? count;
      const { touched, reserved } = asMachines(vm, started);
      const returned = row && returnedShare(row);
      return [
        plain(started),
        row ? bytes(usedBytes(row)) : text(strings, "memory-ledger.unstarted"),
        row && usedBytes(row) > 0 && row.started > 0 ? bytes(usedBytes(row) / row.started) : "–",
        returned === undefined ? "–" : percent(returned),
        bytes(touched),
        bytes(reserved),
      ];
    }),
  };
}
