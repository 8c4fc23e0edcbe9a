/// <reference lib="webworker" />
import { httpSource } from "./files.ts";
import { onForbidden, watchPolicy, watchWorkers } from "./forbidden.ts";
import { Machine } from "./machine.ts";
import { answerOfNone } from "./nobody.ts";
import type { FromWorker, MachineCommand, ToWorker } from "./protocol.ts";

/** By then a browser has loaded the script of a worker that was made from an address. */
const LOADED_MS = 60_000;

// v86 keeps time in a worker of its own and takes its script's address back in the same breath. Firefox
// may not have begun to load it by then, and the machine then never runs a second time slice.
const { revokeObjectURL } = URL;
URL.revokeObjectURL = (address) => {
  setTimeout(() => revokeObjectURL.call(URL, address), LOADED_MS);
};

// Before v86 makes that worker: a policy or an extension may refuse it, and v86 does not notice.
watchPolicy();
watchWorkers();
onForbidden((cause) => machine?.engineFailed(`${cause.params.what} is forbidden`, cause));

/** The worker's end of the port: one machine, commands in, events out. */
let machine: Machine | undefined;
const port = self as unknown as DedicatedWorkerGlobalScope;
const tell = (message: FromWorker) => port.postMessage(message);

port.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  if (data.type === "init") {
    machine = new Machine(data.machine, httpSource(data.guestUrl), data.options);
    machine.subscribe(tell);
  } else if (machine) {
    obey(machine, data);
  }
});

// v86 runs in callbacks of its own, so its panics surface only here.
port.addEventListener("error", (event) => {
  if (machine?.status.state === "idle") return;
  event.preventDefault();
  machine?.engineFailed(event.message);
});
port.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  machine?.engineFailed(String(event.reason));
});

function obey(machine: Machine, command: MachineCommand): void {
  switch (command.type) {
    case "start":
    case "pause":
    case "resume":
    case "reset":
    case "restore":
    case "off":
      machine[command.type]();
      break;
    case "input":
      machine.input(command.terminal, command.data);
      break;
    case "open":
      machine.open(command.terminal);
      break;
    case "resize":
      machine.resize(command.terminal, command.columns, command.rows);
      break;
    case "wire":
      machine.wire(command.attached);
      break;
    case "frame":
      machine.frame(command.data);
      break;
    case "watch":
      machine.watch(command.everyMs);
      break;
    case "query":
      void machine
        .query(command.query)
        .catch((thrown: unknown) => {
          machine.engineFailed(String(thrown));
          return answerOfNone(command.query);
        })
        .then((value) => tell({ type: "answer", request: command.request, value }));
  }
}
