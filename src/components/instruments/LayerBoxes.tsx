import { scaleLinear } from "d3-scale";
import type { JSX } from "preact";
import {
  type ContainerState,
  type OciImage,
  sharers,
  type UpperEntry,
} from "../../lab/instruments/layer-stack.ts";
import { bytesIn } from "../../ui/bytes.ts";
import { type Strings, text } from "../../ui/strings.ts";

/** Digits of a digest that tell layers apart at a glance. */
const SHORT_DIGEST = 12;
/** Of the bars, in the units of their picture. */
const BAR = { width: 200, height: 10, least: 1.5 };

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
export function LayerBoxes({
  image,
  images,
  container,
  startable,
  file,
  strings,
}: StackProps): JSX.Element {
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

function upperBytes(container: ContainerState | undefined): number {
  const files = container?.upper.filter(({ kind }: UpperEntry) => kind === "file") ?? [];
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** The beginning of a digest: `sha256:5dbc902c2d17`. */
export function shortDigest(digest: string): string {
  return digest.slice(0, "sha256:".length + SHORT_DIGEST);
}
