import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo, useRef } from "preact/hooks";
import {
  bootIds,
  type Contestant,
  laneIds,
  type RaceData,
  type RaceRoles,
} from "../../lab/instruments/race.ts";
import type { Cost } from "../../lab/instruments/starts.ts";
import { bytesIn } from "../../ui/bytes.ts";
import { type Strings, text } from "../../ui/strings.ts";
import { words } from "../../ui/words.ts";
import { buildingText, machineErrorText } from "../lab/building-text.ts";
import type { PageMachine } from "../lab/page-machine.ts";
import type { Work } from "../machine/task.ts";
import { useTask } from "../machine/use-task.ts";
import { Choice } from "./Choice.tsx";
import { Frame } from "./Frame.tsx";
import type { InstrumentProps } from "./instrument-props.ts";
import { RaceBars } from "./RaceBars.tsx";
import { RaceStart } from "./RaceStart.tsx";
import { type RealFigure, RealHardware } from "./RealHardware.tsx";
import { BASE, type RaceRow, raceRows, raceTable, ratioTexts } from "./race-rows.ts";
import { RaceSession } from "./race-session.ts";
import { type Unit, units, type Zoom, zooms } from "./start-figures.ts";
import { troubleText } from "./trouble.ts";
import { useMachine } from "./use-machine.ts";

interface RaceViewProps extends InstrumentProps<RaceData, RaceRoles> {
  /** Published figures, the longest first. */
  real: readonly RealFigure[];
}

/** Starts a machine, a container and a process one after another, and compares. */
export function RaceView(props: RaceViewProps): JSX.Element {
  const { recorded, facts, roles } = props;
  const strings = words(props.lang);
  const place = useRef<HTMLElement>(null);
  const attached = useMachine(roles.machine, props.guestPath, place);
  const other = useMachine(roles.distribution, props.guestPath, place);
  const { alive } = attached;
  const session = useMemo(() => new RaceSession(), []);
  // What goes wrong is kept by the session, with what was finished before.
  const racing = useTask(attached, strings, { powers: true });
  const booting = useTask(other, strings, { powers: true });
  const unit = useSignal<Unit>("instructions");
  const zoom = useSignal<Zoom>("near");

  // What does not change is drawn once.
  const real = useMemo(() => <RealHardware figures={props.real} strings={strings} />, []);

  const id = session.running.value;
  const { machine } = id === "distribution" ? other : attached;
  const running = id && { id, grown: grown(id, machine, session.since.value) };
  const rows = raceRows(recorded.data, session.results.value, running, strings);
  const ready = alive.value && id === undefined;
  const choices = { strings, alive: alive.value };
  const bytesOfOther = facts[roles.distribution]?.bytes;
  const size = bytesOfOther === undefined ? "? MB" : bytesIn(strings)(bytesOfOther);
  return (
    <Frame
      {...props}
      id="race"
      place={place}
      attached={attached}
      live={id !== undefined || Object.keys(session.results.value).length > 0}
      trouble={alive.value ? troubleOf(session, other.machine, strings) : undefined}
      table={raceTable(rows, strings)}
      tools={[
        <RaceStart
          key="race"
          id="race"
          {...{ ready, strings }}
          run={() => racing.run(stoppable(session, () => session.run(laneIds, attached.machine)))}
        />,
        <RaceStart
          key="distribution"
          id="distribution"
          params={{ size }}
          {...{ ready, strings }}
          run={() => booting.run(stoppable(session, () => bootOther(session, other.machine)))}
        />,
        <Choice key="unit" of={units} chosen={unit} name="start.unit" {...choices} />,
        <Choice key="zoom" of={zooms} chosen={zoom} name="start.zoom" {...choices} />,
      ]}
    >
      <RaceBars
        rows={rows}
        unit={unit.value}
        zoom={zoom.value}
        waiting={waitingFor(machine, strings)}
        strings={strings}
      />
      <Ratios rows={rows} strings={strings} />
      {real}
    </Frame>
  );
}

function Ratios({ rows, strings }: { rows: readonly RaceRow[]; strings: Strings }): JSX.Element {
  const base = text(strings, `start.name.${BASE}`);
  return (
    <>
      <p class="ok-ratios-base">{text(strings, "race.ratio.base", { base })}</p>
      <ul class="ok-ratios">
        {ratioTexts(rows, strings).map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </>
  );
}

/** The race ends with the part of the page that shows it. */
function stoppable(session: RaceSession, work: () => Promise<void>): Work {
  return (signal) => {
    signal.addEventListener("abort", () => session.stop(), { once: true });
    return work();
  };
}

/** Boots the distribution's kernel, and frees its memory if nothing else on the page had it running. */
async function bootOther(session: RaceSession, other: PageMachine): Promise<void> {
  const wasOff = isOff(other);
  await session.run(["distribution"], other);
  if (wasOff && !isOff(other)) other.port.destroy();
}

function isOff({ status }: PageMachine): boolean {
  const { state } = status.value;
  return state === "idle" || state === "failed";
}

/** How far the running contestant has come; nothing while that does not count. */
function grown(id: Contestant, machine: PageMachine, since: Cost | undefined): Cost | undefined {
  if (!since) return undefined;
  const reading = machine.reading.value;
  // A machine that is to boot tells of its life before until it is switched off.
  const counts = bootIds.includes(id) ? "booting" : "ready";
  if (!reading || machine.state.value !== counts) return undefined;
  const { instructions, seconds } = reading;
  return {
    instructions: Math.max(0, instructions - since.instructions),
    seconds: Math.max(0, seconds - since.seconds),
  };
}

/** What the running contestant's machine does when it does not run. */
function waitingFor({ status, port }: PageMachine, strings: Strings): string {
  const { value } = status;
  if (value.state === "building") return buildingText(value.build, port.id, strings);
  if (value.state !== "downloading") return text(strings, "race.preparing");
  return text(strings, "machine.state.downloading", {
    received: bytesIn(strings)(value.received),
    total: bytesIn(strings)(value.total),
  });
}

function troubleOf(session: RaceSession, other: PageMachine, strings: Strings): string | undefined {
  const status = other.status.value;
  if (status.state === "failed") return machineErrorText(status.error, strings);
  const trouble = session.trouble.value;
  return trouble === undefined ? undefined : troubleText(trouble, strings);
}
