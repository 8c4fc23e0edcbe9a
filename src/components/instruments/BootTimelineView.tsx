import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo, useRef } from "preact/hooks";
import {
  type BootRoles,
  type BootTimelineData,
  milestoneIds,
} from "../../lab/instruments/boot-timeline.ts";
import { type Strings, text } from "../../ui/strings.ts";
import { words } from "../../ui/words.ts";
import { BootBars } from "./BootBars.tsx";
import { type BootRow, growingRow, ownRows, recordedRows } from "./boot-rows.ts";
import { Choice } from "./Choice.tsx";
import type { TableData } from "./DataTable.tsx";
import { Frame } from "./Frame.tsx";
import type { InstrumentProps } from "./instrument-props.ts";
import { useOwnBoots } from "./own-boots.ts";
import { costsIn, type Unit, units, type Zoom, zooms } from "./start-figures.ts";
import { useMachine } from "./use-machine.ts";

/** The stages of each boot, and what has no stages, on one scale. */
export function BootTimelineView(props: InstrumentProps<BootTimelineData, BootRoles>): JSX.Element {
  const { recorded } = props;
  const strings = words(props.lang);
  const place = useRef<HTMLElement>(null);
  const attached = useMachine(props.roles.machine, props.guestPath, place);
  const { machine, alive } = attached;
  const own = useOwnBoots(machine);
  const unit = useSignal<Unit>("instructions");
  const zoom = useSignal<Zoom>("near");

  const state = attached.state.value;
  const reading = state === "booting" ? attached.reading.value : undefined;
  const growing = reading && growingRow(reading, machine.port.id, strings);
  const mine = [...ownRows(own.value, strings), ...(growing ? [growing] : [])];
  const rows = [...useMemo(() => recordedRows(recorded.data, strings), []), ...mine];
  const choices = { strings, alive: alive.value };
  return (
    <Frame
      {...props}
      id="boot-timeline"
      place={place}
      attached={attached}
      live={growing !== undefined || (state === "ready" && mine.length > 0)}
      table={tableOf(rows, strings)}
      tools={[
        <Choice key="unit" of={units} chosen={unit} name="start.unit" {...choices} />,
        <Choice key="zoom" of={zooms} chosen={zoom} name="start.zoom" {...choices} />,
      ]}
    >
      <BootBars rows={rows} unit={unit.value} zoom={zoom.value} strings={strings} />
    </Frame>
  );
}

/** When each milestone came, or that it did not. */
function tableOf(rows: readonly BootRow[], strings: Strings): TableData {
  const { both } = costsIn(strings);
  const none = text(strings, "boot-timeline.none");
  return {
    head: ["boot", "origin", ...milestoneIds].map((id) =>
      text(strings, `boot-timeline.head.${id}`),
    ),
    rows: rows.map(({ name, own, boot, total, key }) => [
      name,
      text(strings, own ? "start.own" : "start.recorded"),
      ...milestoneIds.map((id) => {
        const milestone = boot?.milestones.find((reached) => reached.id === id);
        if (milestone) return both(milestone);
        // What is no boot is running at its end, and a boot that goes on has no end yet.
        return id === "prompt" && key !== "now" ? both(total) : none;
      }),
    ]),
  };
}
