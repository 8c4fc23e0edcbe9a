import { bytesText } from "../lab/bytes.ts";
import type { Strings } from "../lab/strings.ts";

/** Writes bytes as the page's language does: `43.6 MB`. */
export function bytesIn(strings: Strings): (value: number) => string {
  const locale = strings["lab.locale"] ?? "en";
  return (value) => bytesText(value, locale);
}
