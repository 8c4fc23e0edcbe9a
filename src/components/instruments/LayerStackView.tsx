import { useSignal } from "@preact/signals";
import { scaleLinear } from "d3-scale";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
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
  readImages,
  sharers,
  type UpperEntry,
  WRITTEN_BYTES,
} from "../../lab/instruments/layer-stack.ts";
import { type Strings, text } from "../lab/strings.ts";
import { bytesIn } from "./bytes.ts";
import { Frame } from "./Frame.tsx";
import type { InstrumentProps } from "./instrument-props.ts";
import { runQuietly } from "./quiet-terminal.ts";
import { troubleIn } from "./trouble.ts";
import { useMachine } from "./use-machine.ts";

/** How soon the images are asked for again when that failed. */
const RETRY_MS = 5000;
/** Digits of a digest that tell layers apart at a glance. */
const SHORT_DIGEST = 12;
/** The file that is looked up first: one that every program of the container uses. */
const FIRST_FILE = "/usr/lib/i386-linux-gnu/libc.so.6";
/** Of the bars, in the units of their picture. */
const BAR = { width: 200, height: 10, least: 1.5 };

/** An image's layers, who shares them, and what a container adds on top. */
export function LayerStackView(props: InstrumentProps<LayerData>): JSX.Element {
  const { strings, recorded } = props;
  const place = useRef<HTMLElement>(null);
  const attached = useMachine("linux", props.guestPath, place, { probes: false });
  const { machine, seen, alive } = attached;
  const images = useSignal<OciImage[] | undefined>(undefined);
  const container = useSignal<ContainerState | undefined>(undefined);
  const chosen = useSignal(CONTAINER_IMAGE);
  const recordedStep = useSignal(recorded.data.steps.length - 1);
  const file = useSignal<string>(FIRST_FILE);
  const busy = useSignal(false);
  const trouble = useSignal<string | undefined>(undefined);
  const state = attached.state.value;
  const ready = state === "ready";

  const attempt = async (work: () => Promise<void>) => {
    if (busy.value) return;
    busy.value = true;
    const failure = await troubleIn(work, strings);
    busy.value = false;
    // A machine that was switched off says so itself.
    trouble.value = machine.state.value === "ready" ? failure : undefined;
  };
  const run = (command: string) => runQuietly(machine, command);
  const perform = (action: LayerAction) =>
    attempt(async () => {
      const known = images.value;
      if (!known) return;
      chosen.value = CONTAINER_IMAGE;
      container.value = await act(run, action, known);
    });

  const wanted = ready && seen.value && images.value === undefined;
  useEffect(() => {
    if (!wanted) return;
    const read = () =>
      attempt(async () => {
        images.value = await readImages(run);
      });
    void read();
    const timer = setInterval(() => void read(), RETRY_MS);
    return () => clearInterval(timer);
  }, [wanted]);
  const gone = !ready && state !== "paused";
  useEffect(() => {
    if (!gone) return;
    images.value = undefined;
    container.value = undefined;
    trouble.value = undefined;
  }, [gone]);

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
      trouble={trouble.value}
      table={tableOf(shown, strings)}
      tools={layerActions.map((action) => (
        <button
          key={action}
          type="button"
          class="ok-button"
          disabled={!ready || !live || busy.value || (action !== "start" && !container.value)}
          onClick={() => void perform(action)}
        >
          {text(strings, `layer-stack.do.${action}`, { size: bytesIn(strings)(WRITTEN_BYTES) })}
        </button>
      ))}
    >
      <div class="ok-stack-choices">
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
        <span role="status">{busy.value && text(strings, "layer-stack.busy")}</span>
      </div>
      <Stack
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

interface StackProps {
  image: OciImage;
  images: readonly OciImage[];
  container: ContainerState | undefined;
  /** Whether a container of this image can be shown. */
  startable: boolean;
  /** The file whose place is marked. */
  file: string;
  strings: Strings;
}

/** From the top: what the container wrote, then the image's layers. */
function Stack({ image, images, container, startable, file, strings }: StackProps): JSX.Element {
  const origin = container?.origins.find(({ path }) => path === file);
  const most = Math.max(...image.layers.map(({ size }) => size), upperBytes(container));
  const width = scaleLinear([0, most], [0, BAR.width]);
  const bar = (size: number) => (
    <svg viewBox={`0 0 ${BAR.width} ${BAR.height}`} aria-hidden="true" class="ok-stack-bar">
      <rect width={size === 0 ? 0 : Math.max(BAR.least, width(size))} height={BAR.height} />
    </svg>
  );
  return (
    <ol class="ok-stack" aria-label={text(strings, "layer-stack.alt", { image: image.name })}>
      {startable && (
        <li class="ok-stack-upper" data-marked={origin?.from === "upper" || origin?.deleted}>
          <div class="ok-stack-head">
            <strong>{text(strings, "layer-stack.upper")}</strong>
            <span>{container && bytesIn(strings)(upperBytes(container))}</span>
            {bar(upperBytes(container))}
          </div>
          {container ? (
            <Upper container={container} strings={strings} />
          ) : (
            <p>{text(strings, "layer-stack.none")}</p>
          )}
        </li>
      )}
      {[...image.layers.entries()].reverse().map(([level, { digest, size }]) => {
        const others = sharers(images, image.name, digest);
        return (
          <li key={digest} data-marked={origin?.from === level}>
            <div class="ok-stack-head">
              <strong>{text(strings, "layer-stack.layer", { level: level + 1 })}</strong>
              <span>{bytesIn(strings)(size)}</span>
              {bar(size)}
            </div>
            <p>
              <code title={digest}>{shortDigest(digest)}</code>
            </p>
            <ul class="ok-stack-sharers">
              <li>{text(strings, others.length > 0 ? "layer-stack.shared" : "layer-stack.own")}</li>
              {others.map((name) => (
                <li key={name} class="ok-stack-chip">
                  {name}
                </li>
              ))}
            </ul>
          </li>
        );
      })}
    </ol>
  );
}

interface UpperProps {
  container: ContainerState;
  strings: Strings;
}

/** What the upper folder holds, folders left out: each file new, copied, or taken away. */
function Upper({ container: { upper, origins }, strings }: UpperProps): JSX.Element {
  const files = upper.filter(({ kind }) => kind !== "folder");
  if (files.length === 0) return <p>{text(strings, "layer-stack.empty")}</p>;
  return (
    <ul class="ok-stack-files">
      {files.map(({ path, kind, size }) => {
        const below = origins.find((origin) => origin.path === path)?.below;
        const what = kind === "whiteout" ? "gone" : typeof below === "number" ? "copied" : "new";
        return (
          <li key={path} data-what={what}>
            <code>{path}</code>{" "}
            {text(strings, `layer-stack.${what}`, {
              size: bytesIn(strings)(size),
              level: typeof below === "number" ? below + 1 : "?",
            })}
          </li>
        );
      })}
    </ul>
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
    <p class="ok-stack-choices">
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

function upperBytes(container: ContainerState | undefined): number {
  const files = container?.upper.filter(({ kind }: UpperEntry) => kind === "file") ?? [];
  return files.reduce((sum, { size }) => sum + size, 0);
}

function shortDigest(digest: string): string {
  return digest.slice(0, "sha256:".length + SHORT_DIGEST);
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
