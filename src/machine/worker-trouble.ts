import { engineError, type MachineErrorData } from "./errors.ts";
import { forbidden } from "./forbidden.ts";
import { scriptTrouble } from "./script-trouble.ts";

/**
 * Why a worker has failed, from its `error` event.
 *
 * An error thrown inside has a message. A script that could not be loaded, or not be read, or whose
 * own imports could not, gives an event without one: so do Chromium and Firefox alike.
 * @param url   address of the worker's script
 * @param page  address of the page that made it
 */
export async function workerTrouble(
  event: Event,
  url: string,
  page: string,
): Promise<MachineErrorData> {
  const { message } = event as Partial<ErrorEvent>;
  if (message) return engineError(message).data;
  return forbidden() ?? scriptTrouble(url, page);
}
