import {
  type Boot,
  type BootTimelineData,
  missingStages,
  type Segment,
  segmentsOf,
  startIds,
  whole,
} from "../../lab/instruments/boot-timeline.ts";
import type { Cost } from "../../lab/instruments/starts.ts";
import type { Reading } from "../../machine/protocol.ts";
import { type Strings, text } from "../../ui/strings.ts";
import type { OwnBoot } from "./own-boots.ts";

/** One start of the picture. */
export interface BootRow {
  key: string;
  name: string;
  /** Whether the reader's own machine did it. */
  own: boolean;
  /** Nothing for a start that is no boot. */
  boot: Boot | undefined;
  segments: readonly Segment[];
  total: Cost;
  /** What is absent from it, and why. */
  note: string | undefined;
}

/** The recorded starts. */
export function recordedRows({ boots, starts }: BootTimelineData, strings: Strings): BootRow[] {
  const name = (id: string) => text(strings, `start.name.${id}`);
  return [
    ...Object.entries(boots).map(([id, boot]) =>
      rowOf({ key: id, name: name(id), own: false, boot }, segmentsOf(boot), strings),
    ),
    ...startIds.map((id) =>
      rowOf({ key: id, name: name(id), own: false, boot: undefined }, [whole(starts[id])], strings),
    ),
  ];
}

/** The reader's own boots, the newest last. */
export function ownRows(boots: readonly OwnBoot[], strings: Strings): BootRow[] {
  return boots.map(({ boot, number, machine }) => {
    const name = text(strings, `boot-timeline.own.${boot.from}`, { machine, number: `${number}` });
    return rowOf({ key: `own-${number}`, name, own: true, boot }, segmentsOf(boot), strings);
  });
}

/** The boot that goes on now; nothing until the CPU has told that it is one. */
export function growingRow(
  { milestones, ...now }: Reading,
  machine: string,
  strings: Strings,
): BootRow | undefined {
  if (milestones.length === 0) return undefined;
  const boot: Boot = { from: "power-on", milestones };
  const name = text(strings, "boot-timeline.own.now", { machine });
  const row = rowOf({ key: "now", name, own: true, boot }, segmentsOf(boot, now), strings);
  return { ...row, note: undefined };
}

type Named = Pick<BootRow, "key" | "name" | "own" | "boot">;

function rowOf(row: Named, segments: readonly Segment[], strings: Strings): BootRow {
  const total = segments.at(-1)?.to ?? { instructions: 0, seconds: 0 };
  return { ...row, segments, total, note: noteOf(row.boot, segments, strings) };
}

function noteOf(
  boot: Boot | undefined,
  segments: readonly Segment[],
  strings: Strings,
): string | undefined {
  if (!boot) return text(strings, "boot-timeline.note.container");
  if (boot.from === "snapshot") return text(strings, "boot-timeline.note.snapshot");
  const missing = missingStages(segments);
  if (missing.length === 0) return undefined;
  const names = missing.map((stage) => text(strings, `boot-timeline.stage.${stage}`));
  return text(strings, "boot-timeline.note.missing", {
    stages: names.join(text(strings, "boot-timeline.note.separator")),
  });
}
