import type { JSX } from "preact";
import type { MachineErrorData } from "../../machine/errors.ts";
import type { MachineStatus } from "../../machine/protocol.ts";
import { bytesIn } from "../../ui/bytes.ts";
import { type Strings, text } from "../../ui/strings.ts";
import { BuildNotice } from "./BuildNotice.tsx";
import { buildingText, machineErrorText } from "./building-text.ts";
import type { MachineFacts } from "./guest-sizes.ts";
import type { PageMachine } from "./page-machine.ts";

interface MachineBarProps {
  machine: PageMachine;
  /** Whether the page's script runs; until then the buttons are disabled. */
  alive: boolean;
  strings: Strings;
  facts: MachineFacts;
  /** Whether the machine must be told from others beside it. */
  named: boolean;
  onStart(): void;
  onBoot(): void;
}

const IDLE: MachineStatus = { state: "idle", poweredOff: false };

/** What state the machine is in, in words, and the buttons that change it. */
export function MachineBar(props: MachineBarProps): JSX.Element {
  const { machine, strings, alive, facts } = props;
  // What was rendered when the page was built comes first, even where the machine already runs for
  // another part of the page: attributes that differ from it would stay as they are.
  const status = alive ? machine.status.value : IDLE;
  const notice = alive ? machine.notice.value : undefined;
  const on = status.state === "booting" || status.state === "ready" || status.state === "paused";
  const underWay = status.state === "downloading" || status.state === "building";
  const startLabel =
    status.state === "failed"
      ? "machine.retry"
      : status.state === "crashed"
        ? "machine.restart"
        : "machine.start";
  return (
    <div class="ok-machine" data-machine={machine.port.id} data-state={status.state}>
      <p class="ok-machine-state" role="status">
        <span class="ok-lamp" aria-hidden="true" />
        {props.named && <strong class="ok-machine-name">{facts.title}</strong>}
        {status.state === "building"
          ? buildingText(status.build, machine.port.id, strings)
          : statusText(status, strings, facts.bytes)}
      </p>
      {status.state === "building" && <BuildNotice build={status.build} strings={strings} />}
      <div class="ok-machine-buttons">
        {!on && (
          <button
            type="button"
            class="ok-button"
            disabled={!alive || underWay}
            onClick={props.onStart}
          >
            {text(strings, startLabel)}
          </button>
        )}
        {underWay && (
          <button type="button" class="ok-button" onClick={() => machine.port.off()}>
            {text(strings, "machine.cancel")}
          </button>
        )}
        {(status.state === "idle" || status.state === "failed") && facts.restorable && (
          <button type="button" class="ok-button" disabled={!alive} onClick={props.onBoot}>
            {text(strings, "machine.boot")}
          </button>
        )}
        {(status.state === "ready" || status.state === "booting") && (
          <button type="button" class="ok-button" onClick={() => machine.port.pause()}>
            {text(strings, "machine.pause")}
          </button>
        )}
        {status.state === "paused" && (
          <button type="button" class="ok-button" onClick={() => machine.port.resume()}>
            {text(strings, "machine.resume")}
          </button>
        )}
        {on && facts.restorable && (
          <button type="button" class="ok-button" onClick={() => machine.port.restore()}>
            {text(strings, "machine.restore")}
          </button>
        )}
        {on && (
          <button type="button" class="ok-button" onClick={() => machine.port.reset()}>
            {text(strings, "machine.reset")}
          </button>
        )}
      </div>
      {status.state === "downloading" && (
        <progress
          max={status.total || 1}
          value={status.received}
          aria-label={text(strings, "machine.progress")}
        />
      )}
      {notice && (
        <div class="ok-trouble" role="alert">
          <p>{text(strings, `machine.notice.${notice.code}`, notice.params)}</p>
          {notice.code === "stale" && <ReloadButton strings={strings} />}
        </div>
      )}
      {status.state === "failed" && <Failure error={status.error} strings={strings} />}
      {status.state === "crashed" && (
        <div class="ok-trouble" role="alert">
          <p>{text(strings, `machine.crashed.${status.cause}`)}</p>
          <pre>{status.lastLines.slice(-14).join("\n")}</pre>
        </div>
      )}
    </div>
  );
}

function statusText(
  status: MachineStatus,
  strings: Strings,
  startBytes: number | undefined,
): string {
  switch (status.state) {
    case "idle":
      return status.poweredOff
        ? text(strings, "machine.state.off")
        : startBytes === undefined
          ? text(strings, "building.idle")
          : text(strings, "machine.state.idle", { size: bytesIn(strings)(startBytes) });
    case "downloading":
      return text(strings, "machine.state.downloading", {
        received: bytesIn(strings)(status.received),
        total: bytesIn(strings)(status.total || (startBytes ?? 0)),
      });
    case "ready":
      if (status.boot.from === "snapshot")
        return text(strings, "machine.state.restored", { seconds: status.boot.seconds });
      return text(strings, "machine.state.ready", {
        seconds: status.boot.seconds,
        instructions: status.boot.instructions,
      });
    default:
      return text(strings, `machine.state.${status.state}`);
  }
}

/** What happened, why, and what to do. */
function Failure({ error, strings }: { error: MachineErrorData; strings: Strings }): JSX.Element {
  return (
    <div class="ok-trouble" role="alert">
      <p>{machineErrorText(error, strings)}</p>
      {error.code === "build-failed" && error.params.reason && (
        <>
          <p>{text(strings, "building.failed.said")}</p>
          <pre class="ok-machine-said">{error.params.reason}</pre>
        </>
      )}
      {(error.code === "stale" || error.code === "forbidden") && <ReloadButton strings={strings} />}
    </div>
  );
}

function ReloadButton({ strings }: { strings: Strings }): JSX.Element {
  return (
    <button type="button" class="ok-button" onClick={() => location.reload()}>
      {text(strings, "machine.reload")}
    </button>
  );
}
