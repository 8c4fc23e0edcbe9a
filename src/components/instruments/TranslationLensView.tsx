import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import {
  hotPages,
  type LensData,
  type LensLoad,
  type LensView,
  lensLoads,
  warmedMost,
} from "../../lab/instruments/translation-lens.ts";
import type { Borrower } from "../../lab/lease.ts";
import type { TranslatedPage } from "../../machine/protocol.ts";
import { type Strings, text } from "../../ui/strings.ts";
import { words } from "../../ui/words.ts";
import { troubleOf } from "../machine/task.ts";
import { useRepeated } from "../machine/use-repeated.ts";
import { useTask } from "../machine/use-task.ts";
import { Frame } from "./Frame.tsx";
import type { InstrumentProps } from "./instrument-props.ts";
import { LensClient } from "./lens-client.ts";
import { numbersIn } from "./numbers.ts";
import { runQuietly } from "./quiet-terminal.ts";
import { isOn } from "./use-agent.ts";
import { useMachine } from "./use-machine.ts";

/** How often the list of hot pages is read anew; what is looked at stays. */
const LIST_MS = 2000;

type Looked = LensData["pages"][number];

const WHO: Borrower = { kind: "instrument", id: "translation-lens" };

/** Guest code beside the WebAssembly that the engine made of it. */
export function TranslationLensView(props: InstrumentProps<LensData>): JSX.Element {
  const { recorded } = props;
  const strings = words(props.lang);
  const place = useRef<HTMLElement>(null);
  const attached = useMachine(props.roles.machine, props.guestPath, place);
  const { machine, seen } = attached;
  const lens = useMemo(() => new LensClient(), []);
  const pages = useSignal<TranslatedPage[]>([]);
  const looked = useSignal<Looked | undefined>(undefined);
  const recordedPage = useSignal(0);
  const loading = useTask(attached, strings);
  const refreshing = useTask(attached, strings, { repeats: true });
  const choosing = useTask(attached, strings);

  const readList = async (signal: AbortSignal) => {
    const all = await machine.port.query({ of: "translations" });
    signal.throwIfAborted();
    pages.value = hotPages(all);
    return all;
  };
  const lookAt = async (page: TranslatedPage | undefined, signal: AbortSignal) => {
    const translation =
      page && (await machine.port.query({ of: "translation", address: page.address }));
    if (!page || !translation) return;
    const view = await lens.look(page, translation);
    signal.throwIfAborted();
    looked.value = { page, view };
  };
  const load = (name: LensLoad) =>
    loading.run(async (signal) => {
      const before = await readList(signal);
      await runQuietly(machine, WHO, lensLoads[name], signal);
      await lookAt(warmedMost(before, await readList(signal)), signal);
    });

  const watching = useComputed(() => attached.state.value === "ready" && seen.value);
  useRepeated(refreshing, watching, LIST_MS, async (signal) => {
    if (loading.busy.value) return;
    await readList(signal);
    if (!looked.value) await lookAt(pages.value[0], signal);
  });
  useSignalEffect(() => {
    if (isOn(attached.state.value)) return;
    pages.value = [];
    looked.value = undefined;
  });
  useEffect(() => () => lens.end(), []);

  const live = looked.value !== undefined;
  const shown = looked.value ?? recorded.data.pages[recordedPage.value] ?? recorded.data.pages[0];
  if (!shown) throw new Error("the recording has a page: its schema says so");
  const choices = live
    ? withChosen(pages.value, shown.page)
    : recorded.data.pages.map(({ page }) => page);
  const choose = (address: number) => {
    const page = choices.findIndex((choice) => choice.address === address);
    if (live) void choosing.run((signal) => lookAt(choices[page], signal));
    else recordedPage.value = Math.max(0, page);
  };
  return (
    <Frame
      {...props}
      id="translation-lens"
      place={place}
      attached={attached}
      live={live}
      trouble={troubleOf(loading, choosing, refreshing)}
      table={tableOf(live ? choices : recorded.data.pages.map(({ page }) => page), strings)}
      tools={(Object.keys(lensLoads) as LensLoad[]).map((name) => (
        <button
          key={name}
          type="button"
          class="ok-button"
          disabled={attached.state.value !== "ready" || loading.busy.value}
          onClick={() => void load(name)}
        >
          {text(strings, `translation-lens.run.${name}`)}
        </button>
      ))}
    >
      <label class="ok-choices">
        {text(strings, "translation-lens.page")}
        <select
          value={shown.page.address}
          disabled={!attached.alive.value}
          onChange={({ currentTarget }) => choose(Number(currentTarget.value))}
        >
          {choices.map((page) => (
            <option key={page.address} value={page.address}>
              {text(strings, "translation-lens.choice", {
                page: hex(page.address),
                samples: page.samples,
              })}
            </option>
          ))}
        </select>
      </label>
      <p class="ok-lens-busy" role="status">
        {loading.busy.value && text(strings, "translation-lens.running")}
      </p>
      <Facts looked={shown} strings={strings} />
      <Code view={shown.view} page={shown.page} strings={strings} />
    </Frame>
  );
}

interface FactsProps {
  looked: Looked;
  strings: Strings;
}

/** How much became of how little. */
function Facts({ looked: { page, view }, strings }: FactsProps): JSX.Element {
  const { plain, ratio } = { ...numbersIn(strings), ratio: oneDigit(strings) };
  const { block } = view;
  return (
    <dl class="ok-lens-facts">
      {block && (
        <div>
          <dt>{text(strings, "translation-lens.block")}</dt>
          <dd>
            <strong>{plain(block.guestInstructions)}</strong>
            {" → "}
            <strong>{plain(block.wasmInstructions)}</strong>{" "}
            {text(strings, "translation-lens.instructions")}
          </dd>
        </div>
      )}
      <div>
        <dt>{text(strings, "translation-lens.bytes")}</dt>
        <dd>
          {text(strings, "translation-lens.factor", {
            module: view.moduleBytes,
            page: view.pageBytes,
          })}
          {" = "}
          <strong>{ratio(view.moduleBytes / view.pageBytes)}</strong>
        </dd>
      </div>
      <div>
        <dt>{text(strings, "translation-lens.times")}</dt>
        <dd>
          <strong>{plain(page.times)}</strong>
        </dd>
      </div>
    </dl>
  );
}

interface CodeProps {
  view: LensView;
  page: TranslatedPage;
  strings: Strings;
}

/** Both texts, side by side where there is room. */
function Code({ view, page, strings }: CodeProps): JSX.Element {
  const { block, guest, wat, moreLines } = view;
  const inBlock = (index: number) =>
    block && index >= block.from && index < block.from + block.guestInstructions;
  const width = Math.max(...guest.map(({ bytes }) => bytes.length));
  return (
    <div class="ok-lens">
      <section>
        <p class="ok-lens-name">{text(strings, "translation-lens.guest", { bits: view.bits })}</p>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
        <pre tabIndex={0}>
          {guest.map((line, index) => (
            <span key={line.address} class={inBlock(index) ? "ok-lens-block" : undefined}>
              {`${inBlock(index) ? "▌" : line.address === page.hottest ? "›" : " "}${hex(line.address)}  `}
              <span class="ok-lens-bytes">{`${line.bytes.padEnd(width)}  `}</span>
              {`${line.text}\n`}
            </span>
          ))}
        </pre>
        <p>{text(strings, block ? "translation-lens.marked" : "translation-lens.unmarked")}</p>
      </section>
      <section>
        <p class="ok-lens-name">
          {text(strings, block ? "translation-lens.wat.block" : "translation-lens.wat.module")}
        </p>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
        <pre tabIndex={0}>{wat.join("\n")}</pre>
        {moreLines > 0 && <p>{text(strings, "translation-lens.more", { lines: moreLines })}</p>}
      </section>
    </div>
  );
}

/** The page that is looked at may have left the list of the hottest. */
function withChosen(pages: readonly TranslatedPage[], chosen: TranslatedPage): TranslatedPage[] {
  return pages.some(({ address }) => address === chosen.address) ? [...pages] : [chosen, ...pages];
}

function hex(address: number): string {
  return address.toString(16).padStart(8, "0");
}

function oneDigit(strings: Strings): (value: number) => string {
  const format = new Intl.NumberFormat(strings["lab.locale"] ?? "en", { maximumFractionDigits: 1 });
  return (value) => format.format(value);
}

function tableOf(pages: readonly TranslatedPage[], strings: Strings) {
  const { plain } = numbersIn(strings);
  return {
    head: ["page", "samples", "times", "bytes"].map((key) =>
      text(strings, `translation-lens.head.${key}`),
    ),
    rows: pages.map(({ address, samples, times, moduleBytes }) => [
      hex(address),
      plain(samples),
      plain(times),
      plain(moduleBytes),
    ]),
  };
}
