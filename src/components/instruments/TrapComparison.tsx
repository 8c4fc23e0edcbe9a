import { scaleLinear } from "d3-scale";
import type { JSX } from "preact";
import { type Compared, programIds, programs, sumOf } from "../../lab/instruments/trap-counter.ts";
import type { DeviceTraps } from "../../machine/protocol.ts";
import { type Strings, text } from "../../ui/strings.ts";
import { numbersIn } from "./numbers.ts";

interface TrapComparisonProps {
  comparison: readonly Compared[];
  /** Whether it was measured on the reader's own machine. */
  here: boolean;
  strings: Strings;
}

const BAR = { width: 100, height: 10, inset: 0.5, inside: 9 };
/** What a bar is made of, from the left. The timer is last: it goes by time, not by program. */
const GROUPS = ["serial", "virtio-console", "others", "timer"] as const;
type Group = (typeof GROUPS)[number];

/** The same programs outside a container and inside: two bars each. */
export function TrapComparison(props: TrapComparisonProps): JSX.Element {
  const { comparison, here, strings } = props;
  const most = Math.max(1, ...comparison.map(({ traps }) => sumOf(traps)));
  const x = scaleLinear([0, most], [0, BAR.width]);
  return (
    <div class="ok-compared">
      <p>
        <strong>{text(strings, "trap-counter.compared")}</strong>{" "}
        <span class="ok-compared-origin">
          {text(strings, `trap-counter.compared.${here ? "live" : "recorded"}`)}
        </span>
      </p>
      {programIds.map((program) => (
        <div key={program} class="ok-compared-program" data-program={program}>
          <p>
            {text(strings, `trap-counter.program.${program}`)} <code>{programs[program]}</code>
          </p>
          {(["outside", "inside"] as const).map((where) => {
            const found = comparison.find((one) => one.program === program && one.where === where);
            return <Bar key={where} where={where} traps={found?.traps} x={x} strings={strings} />;
          })}
        </div>
      ))}
      <ul class="ok-legend">
        {GROUPS.map((group) => (
          <li key={group} class={`ok-trapped-${group}`}>
            {text(strings, group === "others" ? "trap-counter.others" : `device.${group}`)}
          </li>
        ))}
      </ul>
    </div>
  );
}

interface BarProps {
  where: Compared["where"];
  /** None until it has been measured. */
  traps: readonly DeviceTraps[] | undefined;
  x: (count: number) => number;
  strings: Strings;
}

function Bar({ where, traps, x, strings }: BarProps): JSX.Element {
  const { plain } = numbersIn(strings);
  const counts = GROUPS.map((group) =>
    sumOf((traps ?? []).filter((one) => groupOf(one) === group)),
  );
  const timer = counts.at(-1) ?? 0;
  const devices = counts.reduce((sum, count) => sum + count, -timer);
  const figures = { count: plain(devices), timer: plain(timer) };
  const name = text(strings, `trap-counter.${where}`);
  const said = traps ? text(strings, "trap-counter.counted", figures) : "…";
  return (
    <div class="ok-compared-row">
      <span>{name}</span>
      <svg
        class="ok-traps-bar"
        viewBox={`0 0 ${BAR.width} ${BAR.height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${name}${text(strings, "trap-counter.colon")}${said}`}
      >
        {GROUPS.map((group, index) => (
          <rect
            key={group}
            class={`ok-trapped-${group}`}
            x={x(counts.slice(0, index).reduce((sum, count) => sum + count, 0))}
            width={x(counts[index] ?? 0)}
            y={BAR.inset}
            height={BAR.inside}
          />
        ))}
      </svg>
      <span class="ok-compared-count">{said}</span>
    </div>
  );
}

function groupOf({ device }: DeviceTraps): Group {
  return GROUPS.find((group) => group === device) ?? "others";
}
