import type { JSX } from "preact";
import {
  asMachines,
  BLUR_BYTES,
  type GroupAccount,
  type Ledger,
  type LedgerData,
  type LedgerRow,
  returnedShare,
  usedBytes,
} from "../../lab/instruments/memory-ledger.ts";
import { bytesIn } from "../../ui/bytes.ts";
import { type Strings, text } from "../../ui/strings.ts";
import { numbersIn } from "./numbers.ts";

interface RowNotesProps {
  vm: Ledger["vm"];
  row: LedgerRow;
  strings: Strings;
}

/** The same in words: how many times more, whether it came back, why there are fewer. */
export function RowNotes({ vm, row, strings }: RowNotesProps): JSX.Element {
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

export function Available({ memory, strings }: AvailableProps): JSX.Element {
  const bytes = bytesIn(strings);
  const { MemAvailable: available = 0, MemTotal: total = 0 } = memory;
  const params = { available: bytes(available), total: bytes(total) };
  return <p class="ok-ledger-now">{text(strings, "memory-ledger.available", params)}</p>;
}

type ProgramNoteProps = LedgerData["program"] & { strings: Strings };

export function ProgramNote({ resident, shared, strings }: ProgramNoteProps): JSX.Element {
  const bytes = bytesIn(strings);
  const params = { resident: bytes(resident), shared: bytes(shared) };
  return <p>{text(strings, "memory-ledger.program", params)}</p>;
}

interface GroupsProps {
  groups: readonly GroupAccount[];
  strings: Strings;
}

/** What the kernel's own accounts say of containers that have a control group. */
export function Groups({ groups, strings }: GroupsProps): JSX.Element {
  const bytes = bytesIn(strings);
  if (groups.length === 0) return <p>{text(strings, "memory-ledger.groups.none")}</p>;
  return (
    <>
      <p>{text(strings, "memory-ledger.groups")}</p>
      <ul class="ok-ledger-groups">
        {groups.map(({ path, memoryBytes, memoryMaxBytes }) => (
          <li key={path}>
            <code>{path}</code>{" "}
            {text(strings, `memory-ledger.group${memoryMaxBytes === null ? "" : ".limited"}`, {
              used: bytes(memoryBytes),
              limit: bytes(memoryMaxBytes ?? 0),
            })}
          </li>
        ))}
      </ul>
    </>
  );
}
