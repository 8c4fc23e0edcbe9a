import { expect, it } from "vitest";
import { rolesOf } from "../../../src/book/machines.ts";
import { namespaceMap, ownNamespaces } from "../../../src/lab/instruments/namespace-map.ts";
import { namespaceTypes } from "../../../src/machine/agent-protocol.ts";
import { recordOn } from "../../../tools/lib/instrument-recorder.ts";
import { GUEST } from "../../../tools/lib/paths.ts";

it("an instrument shows another Linux where its place names that one", async () => {
  const roles = rolesOf(namespaceMap, { file: "a test", attributes: { machine: "linux-b" } });
  const data = await recordOn(namespaceMap, roles, GUEST);
  const own = data.processes.map((process) => ownNamespaces(process, data).length);
  // A container of the agent's that has all types of its own.
  expect(Math.max(...own)).toBe(namespaceTypes.length);
});
