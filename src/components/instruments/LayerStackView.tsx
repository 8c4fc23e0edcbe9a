import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import {
  act,
  CONTAINER_IMAGE,
  type ContainerState,
  type FileOrigin,
  type LayerAction,
  type LayerData,
  layerActions,
  layerBytes,
  type OciImage,
  readContainer,
  readImages,
  sharers,
  WRITTEN_BYTES,
} from "../../lab/instruments/layer-stack.ts";
import type { Borrower } from "../../lab/lease.ts";
import type { Shell } from "../../lab/shell.ts";
import { bytesIn } from "../../ui/bytes.ts";
import { type Strings, text } from "../../ui/strings.ts";
import { words } from "../../ui/words.ts";
import { troubleOf } from "../machine/task.ts";
import { useRepeated } from "../machine/use-repeated.ts";
import { useTask } from "../machine/use-task.ts";
import { Frame } from "./Frame.tsx";
import type { InstrumentProps } from "./instrument-props.ts";
import { LayerBoxes, shortDigest } from "./LayerBoxes.tsx";
import { looking, quietly, typing } from "./quiet-terminal.ts";
import { isOn } from "./use-agent.ts";
import { useMachine } from "./use-machine.ts";

/** How soon the images are asked for again when that failed. */
const RETRY_MS = 5000;
/** How often a running container's upper folder is looked at. */
const FOLLOW_MS = 3000;
/** The file that is looked up first: one that every program of the container uses. */
const FIRST_FILE = "/usr/lib/i386-linux-gnu/libc.so.6";

const WHO: Borrower = { kind: "instrument", id: "layer-stack" };

/** An image's layers, who shares them, and what a container adds on top. */
export function LayerStackView(props: InstrumentProps<LayerData>): JSX.Element {
  const { recorded } = props;
  const strings = words(props.lang);
  const place = useRef<HTMLElement>(null);
  const attached = useMachine(props.roles.machine, props.guestPath, place, { probes: false });
  const { machine, seen, alive } = attached;
  const images = useSignal<OciImage[] | undefined>(undefined);
  const container = useSignal<ContainerState | undefined>(undefined);
  const chosen = useSignal(CONTAINER_IMAGE);
  const recordedStep = useSignal(recorded.data.steps.length - 1);
  const file = useSignal<string>(FIRST_FILE);
  const reading = useTask(attached, strings, { repeats: true });
  const following = useTask(attached, strings, { repeats: true });
  const doing = useTask(attached, strings);
  const ready = attached.state.value === "ready";

  const perform = (action: LayerAction) =>
    doing.run(async (signal) => {
      const known = images.value;
      if (!known) return;
      chosen.value = CONTAINER_IMAGE;
      const run = (shell: Shell, signal: AbortSignal) => act(typing(shell, signal), action, known);
      const state = await quietly(machine, WHO, run, signal);
      signal.throwIfAborted();
      container.value = state;
    });
  const looks = useComputed(() => attached.state.value === "ready" && seen.value);
  const unread = useComputed(() => looks.value && images.value === undefined);
  useRepeated(reading, unread, RETRY_MS, async (signal) => {
    const read = await looking(machine, (shell, signal) => readImages(typing(shell, signal)));
    signal.throwIfAborted();
    images.value = read;
  });
  // What the reader writes in a terminal, or a program in the container, is seen as well.
  const follows = useComputed(() => looks.value && container.value !== undefined);
  useRepeated(following, follows, FOLLOW_MS, async (signal) => {
    const known = images.value;
    if (doing.busy.value || !known) return;
    const read = (shell: Shell, signal: AbortSignal) => readContainer(typing(shell, signal), known);
    const state = await looking(machine, read);
    signal.throwIfAborted();
    // Somebody has the machine: what was seen last stays.
    if (state) container.value = state;
  });
  useSignalEffect(() => {
    if (isOn(attached.state.value)) return;
    images.value = undefined;
    container.value = undefined;
  });

  const live = images.value !== undefined;
  const shown = images.value ?? recorded.data.images;
  const image = shown.find(({ name }) => name === chosen.value) ?? shown[0];
  if (!image) throw new Error("there are images: the recording's schema says so");
  const step = recorded.data.steps[recordedStep.value];
  const inside = live ? container.value : step?.container;
  return (
    <Frame
      {...props}
      id="layer-stack"
      place={place}
      attached={attached}
      live={live}
      trouble={troubleOf(doing, reading, following)}
      table={tableOf(shown, strings)}
      tools={layerActions.map((action) => (
        <button
          key={action}
          type="button"
          class="ok-button"
          disabled={!ready || !live || doing.busy.value || (action !== "start" && !container.value)}
          onClick={() => void perform(action)}
        >
          {text(strings, `layer-stack.do.${action}`, { size: bytesIn(strings)(WRITTEN_BYTES) })}
        </button>
      ))}
    >
      <div class="ok-choices ok-stack-choices">
        <label>
          {text(strings, "layer-stack.image")}
          <select
            value={image.name}
            disabled={!alive.value}
            onChange={({ currentTarget }) => {
              chosen.value = currentTarget.value;
            }}
          >
            {shown.map(({ name, layers }) => (
              <option key={name} value={name}>
                {text(strings, "layer-stack.choice", { name, layers: layers.length })}
              </option>
            ))}
          </select>
        </label>
        {!live && (
          <label>
            {text(strings, "layer-stack.step")}
            <select
              value={recordedStep.value}
              disabled={!alive.value}
              onChange={({ currentTarget }) => {
                recordedStep.value = Number(currentTarget.value);
              }}
            >
              {recorded.data.steps.map(({ action }, index) => (
                <option key={action} value={index}>
                  {text(strings, `layer-stack.did.${action}`)}
                </option>
              ))}
            </select>
          </label>
        )}
        <span role="status">
          {(doing.busy.value || reading.busy.value) && text(strings, "layer-stack.busy")}
        </span>
      </div>
      <LayerBoxes
        image={image}
        images={shown}
        container={image.name === CONTAINER_IMAGE ? inside : undefined}
        startable={image.name === CONTAINER_IMAGE}
        file={file.value}
        strings={strings}
      />
      {image.name === CONTAINER_IMAGE && inside && (
        <Lookup
          origins={inside.origins}
          file={file.value}
          alive={alive.value}
          strings={strings}
          onChoose={(path) => {
            file.value = path;
          }}
        />
      )}
      <Total images={shown} strings={strings} />
    </Frame>
  );
}

interface LookupProps {
  origins: readonly FileOrigin[];
  file: string;
  alive: boolean;
  strings: Strings;
  onChoose(path: string): void;
}

/** Where one of the container's files comes from. */
function Lookup({ origins, file, alive, strings, onChoose }: LookupProps): JSX.Element {
  const origin = origins.find(({ path }) => path === file) ?? origins[0];
  return (
    <p class="ok-choices ok-stack-choices">
      <label>
        {text(strings, "layer-stack.file")}
        <select
          value={origin?.path}
          disabled={!alive}
          onChange={({ currentTarget }) => onChoose(currentTarget.value)}
        >
          {origins.map(({ path }) => (
            <option key={path} value={path}>
              {path}
            </option>
          ))}
        </select>
      </label>
      <output>{origin && originText(origin, strings)}</output>
    </p>
  );
}

function originText({ from, deleted, below }: FileOrigin, strings: Strings): string {
  const level = below === null ? "?" : below + 1;
  if (from === "upper")
    return text(strings, below === null ? "layer-stack.from.new" : "layer-stack.from.copied", {
      level,
    });
  if (from !== null) return text(strings, "layer-stack.from.layer", { level: from + 1 });
  return text(strings, deleted ? "layer-stack.from.gone" : "layer-stack.from.nowhere", { level });
}

/** What sharing saves over all the machine's images. */
function Total({
  images,
  strings,
}: {
  images: readonly OciImage[];
  strings: Strings;
}): JSX.Element {
  const { apart, shared } = layerBytes(images);
  return (
    <p class="ok-stack-total">
      {text(strings, "layer-stack.total", {
        images: images.length,
        apart: bytesIn(strings)(apart),
        shared: bytesIn(strings)(shared),
      })}
    </p>
  );
}

function tableOf(images: readonly OciImage[], strings: Strings) {
  return {
    head: ["layer", "digest", "size", "shared"].map((key) =>
      text(strings, `layer-stack.head.${key}`),
    ),
    rows: images.flatMap(({ name, layers }) =>
      layers.map(({ digest, size }, level) => [
        `${name} ${level + 1}/${layers.length}`,
        shortDigest(digest),
        bytesIn(strings)(size),
        sharers(images, name, digest).join(", ") || "–",
      ]),
    ),
  };
}
