import { scaleLog } from "d3-scale";
import type { JSX } from "preact";
import {
  asMachines,
  type Ledger,
  type LedgerRow,
  usedBytes,
} from "../../lab/instruments/memory-ledger.ts";
import { bytesIn } from "../../ui/bytes.ts";
import { type Strings, text } from "../../ui/strings.ts";

/** The axis: from less than a container to more than a thousand machines. */
const AXIS = [1e4, 1e6, 1e8, 1e10, 1e12];
const DECADES = [1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12];
const BAR_HEIGHT = 18;
/** The same on every ledger of a page, so it does not matter whose is found. */
const HATCH = "ok-ledger-hatch";

interface BarsProps {
  vm: Ledger["vm"];
  row: LedgerRow | undefined;
  asked: number;
  strings: Strings;
}

/** Four bars on one logarithmic axis: the machine, the containers on it, and as many machines. */
export function LedgerBars({ vm, row, asked, strings }: BarsProps): JSX.Element {
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

/** A text that says how many, in its own form for one. */
export function counted(
  strings: Strings,
  key: string,
  count: number,
  params: Record<string, string | number> = { count },
): string {
  return text(strings, `memory-ledger.${key}${count === 1 ? ".one" : ""}`, params);
}
