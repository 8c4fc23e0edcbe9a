/**
 * One busy core, until whoever started it ends: a loop that `npm run test:steady` puts beside the tests.
 * Started with an IPC channel; whatever becomes of the other end, the channel closes and this with it.
 */
const SLICE_MS = 20;

process.on("disconnect", () => process.exit(0));
if (!process.connected) {
  console.error("busy.ts is started by npm run test:steady, which ends it.");
  process.exit(1);
}

function spin(): void {
  const end = performance.now() + SLICE_MS;
  while (performance.now() < end);
  // Between two slices the channel is looked at.
  setImmediate(spin);
}
spin();
