import { AgentChannel } from "../../machine/agent.ts";
import type { PageMachine } from "../lab/page-machine.ts";

const agents = new WeakMap<PageMachine, AgentChannel>();

/**
 * The agent of a page's machine, as all of the page's instruments share it. Apart from the machine,
 * because its protocol is more code than a page without instruments needs.
 */
export function agentOf(machine: PageMachine): AgentChannel {
  const agent = agents.get(machine) ?? new AgentChannel(machine.port);
  agents.set(machine, agent);
  return agent;
}
