import type { AgentErrorData } from "../../machine/agent-error.ts";
import { type Strings, text } from "../lab/strings.ts";

/** Why the agent gave no answer, as a sentence in the page's language. */
export function agentTrouble(strings: Strings, { code, params }: AgentErrorData): string {
  const reason = text(strings, `instrument.agent.${code}`, params);
  return text(strings, "instrument.silent", { reason });
}
