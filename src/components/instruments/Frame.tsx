import type { ComponentChildren, JSX, Ref } from "preact";
import { type Strings, text } from "../../ui/strings.ts";
import { words } from "../../ui/words.ts";
import { nameBorrower } from "../lab/borrowers.ts";
import { MachineBar } from "../lab/MachineBar.tsx";
import { DataTable, type TableData } from "./DataTable.tsx";
import type { InstrumentProps } from "./instrument-props.ts";
import type { Attached } from "./use-machine.ts";

interface FrameProps extends Omit<InstrumentProps<unknown>, "guestPath"> {
  id: string;
  /** Where the picture's place on the screen is watched. */
  place: Ref<HTMLElement>;
  /** The machine it is attached to, if it is one; the frame has its buttons then. */
  attached?: Attached | undefined;
  /** Whether what is drawn comes from the reader's own machine. */
  live: boolean;
  /** Why the picture is not what it should be, in the page's language. */
  trouble?: string | undefined;
  /** Buttons that belong to the picture. */
  tools?: ComponentChildren;
  /** The picture. */
  children: ComponentChildren;
  /** The same as figures. */
  table: TableData;
}

/** What every instrument has around its picture: name, origin, machine, troubles, and the table behind. */
export function Frame(props: FrameProps): JSX.Element {
  const { id, heading: Heading, attached, live, recorded, facts } = props;
  const strings = words(props.lang);
  const machine = attached?.machine;
  const name = text(strings, `${id}.title`);
  // The race borrows by a kind of its own.
  for (const kind of ["instrument", "race"] as const) nameBorrower({ kind, id }, name);
  const bar = machine && facts[machine.port.id];
  // A page may have two of a kind, each on a machine of its own.
  const title = `instrument-${id}-${props.roles.machine}-title`;
  return (
    <figure
      class="ok-lab ok-instrument not-content"
      aria-labelledby={title}
      data-instrument={id}
      data-live={live}
      ref={props.place}
    >
      <div class="ok-lab-head">
        <p class="ok-lab-kind">{text(strings, "instrument.kind")}</p>
        <Heading id={title}>{name}</Heading>
        <p>{text(strings, `${id}.intent`)}</p>
      </div>
      {machine && bar && (
        <MachineBar
          machine={machine}
          alive={attached.alive.value}
          strings={strings}
          facts={bar}
          named
          onStart={() => machine.bringUp()}
          onBoot={() => machine.port.reset()}
        />
      )}
      {props.tools && <div class="ok-lab-actions">{props.tools}</div>}
      <Origin live={live} recorded={recorded} strings={strings} />
      {props.trouble && (
        <p class="ok-trouble" role="alert">
          {props.trouble}
        </p>
      )}
      <div class="ok-picture">{props.children}</div>
      <DataTable {...props.table} summary={text(strings, "instrument.table")} />
      <figcaption>{text(strings, `${id}.caption`)}</figcaption>
    </figure>
  );
}

interface OriginProps {
  live: boolean;
  recorded: FrameProps["recorded"];
  strings: Strings;
}

/** Where the picture comes from: now and here, or a recording and its date. */
function Origin({ live, recorded: { date, machines }, strings }: OriginProps): JSX.Element {
  return (
    <p class="ok-origin">
      <span class="ok-lamp" aria-hidden="true" />
      {live
        ? text(strings, "instrument.live")
        : text(strings, "instrument.recorded", { date, machines })}
    </p>
  );
}
