import type { MachineErrorData } from "../../machine/errors.ts";
import type { BuildProgress } from "../../machine/protocol.ts";
import { type Strings, text } from "../../ui/strings.ts";

type BuildFailure = Extract<MachineErrorData, { code: "build-failed" }>["params"];

/** What the build is doing for this machine: changes with its steps only, so that it can be announced. */
export function buildingText({ step, at, waitsFor }: BuildProgress, id: string, strings: Strings) {
  if (waitsFor !== undefined)
    return text(strings, "building.state.waiting", { pid: String(waitsFor) });
  const what = text(strings, `building.step.${step}`);
  if (!at || at.id === id) return text(strings, "building.state.own", { step: what });
  const machine = isChinese(strings) ? at.title.zh : at.title.en;
  return text(strings, "building.state.after", { step: what, machine });
}

/** How long it is likely to take. */
export function timeLeftText({ secondsLeft }: BuildProgress, strings: Strings): string {
  if (secondsLeft === undefined) return text(strings, "building.left.unknown");
  if (secondsLeft < 60) return text(strings, "building.left.soon");
  const minutes = new Intl.NumberFormat(strings["lab.locale"], {
    style: "unit",
    unit: "minute",
    unitDisplay: "long",
  });
  return text(strings, "building.left.about", {
    time: minutes.format(Math.ceil(secondsLeft / 60)),
  });
}

/** What happened and what to do, without what the builder printed. */
export function buildFailureText(failure: BuildFailure, strings: Strings): string {
  const step = text(strings, `building.step.${failure.step}`);
  const machine = isChinese(strings) ? failure.atZh : failure.atEn;
  const where = machine ? "building.failed.at" : "building.failed.before";
  const pid = String(failure.pid);
  return [
    text(strings, where, { step, machine }),
    text(strings, `building.trouble.${failure.trouble}`, { pid }),
    text(strings, "building.failed.then"),
  ].join(isChinese(strings) ? "" : " ");
}

/** Why a machine could not start, in the page's language. */
export function machineErrorText(error: MachineErrorData, strings: Strings): string {
  if (error.code === "build-failed") return buildFailureText(error.params, strings);
  return text(strings, `machine.error.${error.code}`, error.params);
}

function isChinese(strings: Strings): boolean {
  return strings["lab.locale"]?.startsWith("zh") ?? false;
}
