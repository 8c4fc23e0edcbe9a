import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rolesOf } from "../../../src/book/machines.ts";
import { RingSampler, ringMeter, ringShares } from "../../../src/lab/instruments/ring-meter.ts";
import { PATIENCE, runsFor } from "../waits.ts";
import { type Watched, watched } from "./watched.ts";

/**
 * Guest instructions until a program has been loaded, loops, and its loop has been translated: on a
 * busy computer that takes seconds, in which the kernel has most of the work.
 */
const WARM_INSTRUCTIONS = 20e6;
const MEASURED_SECONDS = 3;
/** Ctrl+C as a terminal sends it. */
const INTERRUPT = "\u0003";

let machine: Watched;

beforeAll(async () => {
  machine = await watched(rolesOf(ringMeter).machine);
});

afterAll(() => machine.port.destroy());

/** The CPU's shares while a program that never ends is at it. */
async function sharesOf(program: string) {
  const { port } = machine;
  const ended = machine.run(program);
  const executed = async () => (await port.measure()).instructions;
  const warm = (await executed()) + WARM_INSTRUCTIONS;
  await expect.poll(executed, PATIENCE).toBeGreaterThanOrEqual(warm);
  const shares = await measure();
  port.input(0, INTERRUPT);
  await ended;
  return shares;
}

async function measure() {
  const first = machine.readings.length;
  await runsFor(machine.port, MEASURED_SECONDS);
  const sampler = new RingSampler();
  const samples = machine.readings.slice(first).flatMap((reading) => sampler.push(reading) ?? []);
  expect(samples.length).toBeGreaterThan(1);
  return ringShares(samples);
}

describe("the ring meter", () => {
  it("reads halted at an idle prompt", async () => {
    expect((await measure()).halted).toBeGreaterThanOrEqual(0.9);
  });

  it("reads ring 3 in a loop of a program", async () => {
    const { user } = await sharesOf("bash -c 'while :; do :; done'");
    expect(user).toBeGreaterThanOrEqual(0.9);
  });

  it("reads ring 0 more than ring 3 where one system call follows another", async () => {
    const { kernel, user } = await sharesOf("dd if=/dev/zero of=/dev/null bs=1");
    expect(kernel / (kernel + user)).toBeGreaterThan(0.5);
  });
});
