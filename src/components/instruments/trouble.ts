import { LabError } from "../../lab/errors.ts";
import { AgentError, type AgentErrorData } from "../../machine/agent-error.ts";
import { MachineError } from "../../machine/errors.ts";
import { type Strings, text } from "../../ui/strings.ts";
import { borrowerName } from "../lab/borrowers.ts";

/** Why the agent gave no answer, as a sentence in the page's language. */
export function agentTrouble(strings: Strings, { code, params }: AgentErrorData): string {
  const reason = text(strings, `instrument.agent.${code}`, params);
  return text(strings, "instrument.silent", { reason });
}

/** Why something that an instrument did on the machine failed, in the page's language. */
export function troubleText(thrown: unknown, strings: Strings): string {
  if (thrown instanceof AgentError)
    return thrown.data.code === "interrupted"
      ? text(strings, "instrument.trouble.stopped")
      : agentTrouble(strings, thrown.data);
  if (thrown instanceof LabError) return labTrouble(thrown, strings);
  if (thrown instanceof MachineError)
    return text(strings, `machine.error.${thrown.data.code}`, thrown.data.params);
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return text(strings, "instrument.trouble.other", { reason });
}

function labTrouble({ data }: LabError, strings: Strings): string {
  switch (data.code) {
    case "busy":
      return text(strings, "instrument.trouble.busy");
    case "occupied":
      return text(strings, "instrument.trouble.occupied", {
        by: borrowerName({ kind: data.params.kind, id: data.params.by }),
      });
    case "checkpoint":
    case "timeout":
      return text(strings, `instrument.trouble.${data.code}`, data.params);
    default:
      return text(strings, "instrument.trouble.stopped");
  }
}
