import type { JSX } from "preact";
import type { BuildProgress } from "../../machine/protocol.ts";
import { type Strings, text } from "../../ui/strings.ts";
import { timeLeftText } from "./building-text.ts";

interface BuildNoticeProps {
  build: BuildProgress;
  strings: Strings;
}

/** How far a machine is that is still being built, and what becomes of the start that was asked for. */
export function BuildNotice({ build, strings }: BuildNoticeProps): JSX.Element {
  // Without a value the bar says that nobody can say.
  const value = build.secondsLeft === undefined ? {} : { value: build.fraction };
  return (
    <div class="ok-machine-build">
      <progress max={1} {...value} aria-label={text(strings, "building.progress")} />
      <p>{timeLeftText(build, strings)}</p>
      <p>{text(strings, "building.then")}</p>
    </div>
  );
}
