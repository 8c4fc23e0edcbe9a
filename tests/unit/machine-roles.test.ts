import { type FunctionComponent, h } from "preact";
import { render } from "preact-render-to-string";
import { describe, expect, it } from "vitest";
import {
  benchRoles,
  machineIds,
  machinesApart,
  machinesOf,
  type Place,
  rolesOf,
  strayRoles,
  unknownMachines,
} from "../../src/book/machines.ts";
import { BootTimelineView } from "../../src/components/instruments/BootTimelineView.tsx";
import type { InstrumentProps } from "../../src/components/instruments/instrument-props.ts";
import { LayerStackView } from "../../src/components/instruments/LayerStackView.tsx";
import { MemoryLedgerView } from "../../src/components/instruments/MemoryLedgerView.tsx";
import { NamespaceMapView } from "../../src/components/instruments/NamespaceMapView.tsx";
import { RaceView } from "../../src/components/instruments/RaceView.tsx";
import { RingMeterView } from "../../src/components/instruments/RingMeterView.tsx";
import { TranslationLensView } from "../../src/components/instruments/TranslationLensView.tsx";
import { TrapCounterView } from "../../src/components/instruments/TrapCounterView.tsx";
import { instruments } from "../../src/lab/instruments/index.ts";
import { race } from "../../src/lab/instruments/race.ts";
import { ringMeter } from "../../src/lab/instruments/ring-meter.ts";

const OTHER = "linux-b";
const KNOWN = machineIds().join(", ");
const REAL = {
  id: "one",
  name: "one",
  on: "",
  milliseconds: 1,
  bound: "about",
  standing: "primary",
  source: "",
  href: "",
};
const place = (attributes: Place["attributes"]): Place => ({
  file: "src/content/docs/en/rings.mdx",
  attributes,
});

describe("the machines of an instrument", () => {
  it.each(instruments.map((instrument) => [instrument.id, instrument] as const))(
    "are what the content says: %s",
    (_, instrument) => {
      const roles = rolesOf(instrument);
      expect(machineIds()).toEqual(expect.arrayContaining(machinesOf(instrument, roles)));
      expect(machinesOf(instrument, roles)).toContain(roles.machine);
    },
  );

  it("are another where its place says so", () => {
    expect(rolesOf(ringMeter, place({ machine: OTHER }))).toEqual({ machine: OTHER });
    expect(rolesOf(ringMeter, place({ machine: undefined }))).toEqual(rolesOf(ringMeter));
    const { distribution } = rolesOf(race);
    expect(rolesOf(race, place({ machine: OTHER }))).toEqual({ machine: OTHER, distribution });
  });

  it("exist, or the place is told with file, field, what is there and what may be", () => {
    expect(() => rolesOf(ringMeter, place({ machine: "linx" }))).toThrow(
      `src/content/docs/en/rings.mdx: <RingMeter>.machine: "linx" is not a machine; there are: ${KNOWN}`,
    );
    expect(() => rolesOf(race, place({ distribution: "debian" }))).toThrow(
      `src/content/docs/en/rings.mdx: <Race>.distribution: "debian" is not a machine; there are: ${KNOWN}`,
    );
  });

  it("have the roles that the instrument has, and no others", () => {
    expect(() => rolesOf(ringMeter, place({ mashine: OTHER }))).toThrow(
      'src/content/docs/en/rings.mdx: <RingMeter>: there is no "mashine"; there are: machine',
    );
    expect(() => rolesOf(ringMeter, place({ machine: 7 }))).toThrow(
      "src/content/docs/en/rings.mdx: <RingMeter>.machine: ",
    );
    expect(() => rolesOf({ ...ringMeter, id: "new-one" })).toThrow(
      "src/content/machines.json: instruments.new-one.machine: ",
    );
    expect(strayRoles(instruments)).toEqual([]);
    expect(strayRoles(instruments.filter(({ id }) => id !== "race"))).toEqual([
      expect.stringContaining('instruments: "race" is no instrument; there are: boot-timeline,'),
    ]);
  });

  it("exist, as do those that experiments, exercises, the bench and the book's editions name", () => {
    expect(machineIds()).toEqual(expect.arrayContaining(Object.values(benchRoles())));
    expect(machineIds()).toEqual(expect.arrayContaining([...machinesApart()]));
    const named = { "terminals.here.machine": "linx", "terminals.there.machine": OTHER };
    expect(unknownMachines("experiment.yaml", named)).toEqual([
      `experiment.yaml: terminals.here.machine: "linx" is not a machine; there are: ${KNOWN}`,
    ]);
  });
});

describe.each(["en", "zh"] as const)("an instrument on another Linux (%s)", (lang) => {
  const views = {
    "boot-timeline": BootTimelineView,
    "ring-meter": RingMeterView,
    "trap-counter": TrapCounterView,
    "translation-lens": TranslationLensView,
    "namespace-map": NamespaceMapView,
    "layer-stack": LayerStackView,
    "memory-ledger": MemoryLedgerView,
    race: RaceView,
  } as unknown as Record<string, FunctionComponent<InstrumentProps<unknown>>>;

  it.each(instruments.map((instrument) => [instrument.id, instrument] as const))(
    "has that one's buttons, and says what was recorded on which: %s",
    async (id, instrument) => {
      const View = views[id];
      if (!View) throw new Error(`${id} has no view`);
      const { default: recording } = await import(`../../src/content/instruments/${id}.json`);
      const roles = rolesOf(instrument, place({ machine: OTHER }));
      const facts = machinesOf(instrument, roles).map((machine) => [
        machine,
        { title: `title of ${machine}`, bytes: 5e6, memoryMiB: 128, restorable: true },
      ]);
      const html = render(
        h(View, {
          heading: "h3",
          roles,
          lang,
          guestPath: "/images/guest/",
          facts: Object.fromEntries(facts),
          recorded: {
            date: "2026-11-24",
            machines: "linux ec48bfdd",
            data: instrument.schema.parse(recording.data),
          },
          ...(id === "race" && { real: [REAL] }),
        }),
      );
      expect(html).toContain(`data-machine="${OTHER}"`);
      expect(html).toContain(`title of ${OTHER}`);
      expect(html).toContain("linux ec48bfdd");
      expect(html).not.toContain('data-machine="linux"');
    },
  );
});
