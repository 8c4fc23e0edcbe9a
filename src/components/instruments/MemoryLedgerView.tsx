import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { scaleLog } from "d3-scale";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import {
  asMachines,
  BLUR_BYTES,
  COUNTS,
  endContainers,
  type Ledger,
  type LedgerData,
  type LedgerRow,
  returnedShare,
  startContainers,
  usedBytes,
} from "../../lab/instruments/memory-ledger.ts";
import { type Strings, text } from "../lab/strings.ts";
import { agentOf } from "./agent-of.ts";
import { bytesIn } from "./bytes.ts";
import { Frame } from "./Frame.tsx";
import type { InstrumentProps } from "./instrument-props.ts";
import { numbersIn } from "./numbers.ts";
import { troubleIn } from "./trouble.ts";
import { isOn, toldTrouble, useAgent } from "./use-agent.ts";
import { useMachine } from "./use-machine.ts";

const EVERY_MS = 1000;
/** The axis: from less than a container to more than a thousand machines. */
const AXIS = [1e4, 1e6, 1e8, 1e10, 1e12];
const DECADES = [1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12];
const BAR_HEIGHT = 18;
/** The same on every ledger of a page, so it does not matter whose is found. */
const HATCH = "ok-ledger-hatch";

/** What containers take of a machine's memory, beside what as many machines would. */
export function MemoryLedgerView(props: InstrumentProps<LedgerData>): JSX.Element {
  const { strings, recorded } = props;
  const place = useRef<HTMLElement>(null);
  const attached = useMachine("linux", props.guestPath, place, { probes: false });
  const { machine, alive, seen } = attached;
  const host = { port: machine.port, agent: agentOf(machine) };
  const told = useAgent(attached, "memory", EVERY_MS);
  const ledger = useSignal<Ledger | undefined>();
  const step = useSignal(COUNTS.length - 1);
  const doing = useSignal<"starting" | "ending" | undefined>();
  /** The measurement whose containers are running. */
  const running = useSignal<LedgerRow | undefined>();
  const failed = useSignal<string | undefined>();
  /** Which boot this is, so that what comes late from the one before is left out. */
  const boot = useRef(0);
  const runs = useComputed(() => isOn(attached.state.value));
  const ready = useComputed(() => attached.state.value === "ready" && seen.value);

  useSignalEffect(() => {
    if (runs.value) return;
    boot.current++;
    ledger.value = undefined;
    running.value = undefined;
    doing.value = undefined;
    failed.value = undefined;
  });
  // Once in a boot, before any container of ours: looking at all of the memory takes a while.
  useSignalEffect(() => {
    if (!ready.value || ledger.peek()) return;
    const now = boot.current;
    void machine.port.query({ of: "memory" }).then((vm) => {
      if (boot.current === now && vm.size > 0) ledger.value ??= { vm, rows: [] };
    });
  });

  const run = async (what: "starting" | "ending", work: (now: number) => Promise<void>) => {
    const now = boot.current;
    doing.value = what;
    failed.value = undefined;
    const trouble = await troubleIn(() => work(now), strings);
    if (boot.current !== now) return;
    doing.value = undefined;
    failed.value = trouble;
  };
  /** Puts a measurement into the ledger in place of an older one of as many containers. */
  const enter = (row: LedgerRow) => {
    const known = ledger.value;
    if (!known) return;
    const others = known.rows.filter(({ asked }) => asked !== row.asked);
    const rows = [...others, row].sort((a, b) => a.asked - b.asked);
    ledger.value = { ...known, rows };
  };
  const start = () =>
    run("starting", async (now) => {
      running.value = undefined;
      const row = await startContainers(host, count);
      if (boot.current !== now) return;
      enter(row);
      running.value = row;
    });
  const end = () =>
    run("ending", async (now) => {
      const row = running.value;
      const ended = await endContainers(host);
      if (boot.current !== now) return;
      running.value = undefined;
      if (row) enter({ ...row, ended });
    });

  const count = COUNTS[step.value] ?? 1;
  const { vm, rows } = ledger.value ?? recorded.data;
  const row = rows.find(({ asked }) => asked === count);
  const state = attached.state.value;
  const can = state === "ready" && ledger.value !== undefined && !doing.value;
  return (
    <Frame
      {...props}
      id="memory-ledger"
      place={place}
      attached={attached}
      live={ledger.value !== undefined}
      trouble={failed.value ?? toldTrouble(strings, told, state)}
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
            disabled={!alive.value || doing.value !== undefined}
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
      <Bars vm={vm} row={row} asked={count} strings={strings} />
      <div class="ok-ledger-notes">
        <p role="status">{doing.value && text(strings, `memory-ledger.${doing.value}`)}</p>
        {row && <RowNotes vm={vm} row={row} strings={strings} />}
        {running.value && (
          <p>{text(strings, "memory-ledger.running", { count: running.value.started })}</p>
        )}
        {told.value.value && <Available memory={told.value.value} strings={strings} />}
        <ProgramNote {...recorded.data.program} strings={strings} />
      </div>
    </Frame>
  );
}

interface BarsProps {
  vm: Ledger["vm"];
  row: LedgerRow | undefined;
  asked: number;
  strings: Strings;
}

/** Four bars on one logarithmic axis: the machine, the containers on it, and as many machines. */
function Bars({ vm, row, asked, strings }: BarsProps): JSX.Element {
  const bytes = bytesIn(strings);
  const count = row?.started || asked;
  const machines = asMachines(vm, count);
  const used = row && usedBytes(row);
  const touched = { count, each: bytes(vm.touched) };
  const reserved = { count, each: bytes(vm.size) };
  return (
    <>
      <ul class="ok-ledger-bars">
        <Bar
          name={text(strings, "memory-ledger.row.machine")}
          value={bytes(vm.touched)}
          share={x(vm.touched)}
          kind="measured"
          strings={strings}
        />
        <Bar
          name={counted(strings, "row.containers", count)}
          value={usedText(row, strings)}
          share={used === undefined ? 0 : x(used)}
          kind="measured"
          strings={strings}
        />
        <Bar
          name={counted(strings, "row.touched", count, touched)}
          value={bytes(machines.touched)}
          share={x(machines.touched)}
          kind="computed"
          strings={strings}
        />
        <Bar
          name={counted(strings, "row.reserved", count, reserved)}
          value={bytes(machines.reserved)}
          share={x(machines.reserved)}
          kind="computed"
          strings={strings}
        />
      </ul>
      <div class="ok-ledger-axis" aria-hidden="true">
        {AXIS.map((value) => (
          <span key={value} style={{ insetInlineStart: `${100 * x(value)}%` }}>
            {bytes(value)}
          </span>
        ))}
      </div>
      <p class="ok-ledger-hint">{text(strings, "memory-ledger.axis")}</p>
    </>
  );
}

const axis = scaleLog([AXIS[0] ?? 1, AXIS.at(-1) ?? 1], [0, 1]).clamp(true);
/** Where on the axis some bytes are, 0 to 1; what is not positive has no place on it. */
function x(value: number): number {
  return value > 0 ? axis(value) : 0;
}

interface BarProps {
  name: string;
  value: string;
  /** Length, 0 to 1. */
  share: number;
  kind: "measured" | "computed";
  strings: Strings;
}

/** Solid if it was measured, hatched if it was computed. */
function Bar({ name, value, share, kind, strings }: BarProps): JSX.Element {
  const note = text(strings, `memory-ledger.${kind}`);
  return (
    <li class={`ok-ledger-${kind}`}>
      <p>
        {name} <strong>{value}</strong> <small>{note}</small>
      </p>
      <svg
        class="ok-ledger-bar"
        height={BAR_HEIGHT}
        role="img"
        aria-label={`${name} ${value}, ${note}`}
      >
        <defs>
          <pattern id={HATCH} width="6" height="6" patternUnits="userSpaceOnUse">
            <path d="M-1,1 l2,-2 M0,6 l6,-6 M5,7 l2,-2" />
          </pattern>
        </defs>
        {DECADES.map((value) => (
          <line key={value} x1={percent(x(value))} x2={percent(x(value))} y1="0" y2={BAR_HEIGHT} />
        ))}
        <rect y="2" height={BAR_HEIGHT - 4} width={percent(share)} class="ok-ledger-ground" />
        {kind === "computed" && (
          <rect y="2" height={BAR_HEIGHT - 4} width={percent(share)} fill={`url(#${HATCH})`} />
        )}
      </svg>
    </li>
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)}%`;
}

/** What the containers took, with what that is for each; or why there is no such figure. */
function usedText(row: LedgerRow | undefined, strings: Strings): string {
  const bytes = bytesIn(strings);
  if (!row) return text(strings, "memory-ledger.unstarted");
  const used = usedBytes(row);
  if (used <= 0) return text(strings, "memory-ledger.blur", { used: bytes(used) });
  const params = { used: bytes(used), each: bytes(used / (row.started || 1)) };
  return row.started > 1 ? text(strings, "memory-ledger.each", params) : params.used;
}

interface RowNotesProps {
  vm: Ledger["vm"];
  row: LedgerRow;
  strings: Strings;
}

/** The same in words: how many times more, whether it came back, why there are fewer. */
function RowNotes({ vm, row, strings }: RowNotesProps): JSX.Element {
  const used = usedBytes(row);
  const { reserved, touched } = asMachines(vm, row.started);
  const returned = returnedShare(row);
  const times = (value: number) => Number((value / used).toPrecision(2));
  const { percent } = numbersIn(strings);
  return (
    <>
      {row.failure && (
        <p class="ok-trouble">
          {text(strings, "memory-ledger.failure", {
            started: row.started,
            asked: row.asked,
            detail: row.failure.detail,
            errno: String(row.failure.errno),
          })}
        </p>
      )}
      {used >= BLUR_BYTES && (
        <p>
          {text(strings, "memory-ledger.ratio", {
            given: times(reserved),
            touched: times(touched),
          })}
        </p>
      )}
      {returned !== undefined && (
        <p>{text(strings, "memory-ledger.returned", { share: percent(returned) })}</p>
      )}
    </>
  );
}

interface AvailableProps {
  memory: Record<string, number>;
  strings: Strings;
}

function Available({ memory, strings }: AvailableProps): JSX.Element {
  const bytes = bytesIn(strings);
  const { MemAvailable: available = 0, MemTotal: total = 0 } = memory;
  const params = { available: bytes(available), total: bytes(total) };
  return <p class="ok-ledger-now">{text(strings, "memory-ledger.available", params)}</p>;
}

type ProgramNoteProps = LedgerData["program"] & { strings: Strings };

function ProgramNote({ resident, shared, strings }: ProgramNoteProps): JSX.Element {
  const bytes = bytesIn(strings);
  const params = { resident: bytes(resident), shared: bytes(shared) };
  return <p>{text(strings, "memory-ledger.program", params)}</p>;
}

/** A text that says how many, in its own form for one. */
function counted(
  strings: Strings,
  key: string,
  count: number,
  params: Record<string, string | number> = { count },
): string {
  return text(strings, `memory-ledger.${key}${count === 1 ? ".one" : ""}`, params);
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
