import { test } from "@playwright/test";
import { CHINESE, holds, open } from "./fixtures/lab.ts";

test.setTimeout(300_000);

test("two machines of a page are joined by a wire, and what one publishes the other gets", async ({
  page,
}) => {
  const experiment = await open(page, "zh/experiments/docker-network/", "docker-network");
  await experiment.getByRole("button", { name: CHINESE.run }).click();
  await holds(experiment, CHINESE);
});
