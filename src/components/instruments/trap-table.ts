import {
  addedSince,
  type Compared,
  perSecond,
  type TrapSample,
} from "../../lab/instruments/trap-counter.ts";
import { type Strings, text } from "../../ui/strings.ts";
import type { TableData } from "./DataTable.tsx";
import { numbersIn } from "./numbers.ts";

/** Devices so far, then what each program of the comparison added to each. */
export function trapTable(
  samples: readonly TrapSample[],
  comparison: readonly Compared[],
  strings: Strings,
): TableData {
  const { plain } = numbersIn(strings);
  const devices = addedSince([], samples.at(-1)?.traps ?? []).map(({ device, reads, writes }) => [
    text(strings, `device.${device}`),
    plain(reads),
    plain(writes),
    plain(Math.round(perSecond(samples, device))),
  ]);
  const compared = comparison.flatMap(({ program, where, traps }) =>
    traps.map(({ device, reads, writes }) => [
      text(strings, "trap-counter.row", {
        program: text(strings, `trap-counter.program.${program}`),
        where: text(strings, `trap-counter.${where}`),
        device: text(strings, `device.${device}`),
      }),
      plain(reads),
      plain(writes),
      "–",
    ]),
  );
  return {
    head: ["device", "reads", "writes", "rate"].map((key) =>
      text(strings, `trap-counter.head.${key}`),
    ),
    rows: [...devices, ...compared],
  };
}
