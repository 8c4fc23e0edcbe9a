import { defineMiddleware } from "astro:middleware";
import { langOf } from "./components/site/language.ts";
import { withWords } from "./ui/words-block.ts";

/** Gives each page with interactive parts the texts that they use, once. */
export const onRequest = defineMiddleware(async ({ url }, next) => {
  const response = await next();
  if (!response.headers.get("content-type")?.startsWith("text/html")) return response;
  const page = await response.text();
  return new Response(withWords(page, langOf(url)), response);
});
