/**
 * JSON as the content of a `script` in a page, where browsers look for no other end than `</script>`
 * and for no comment: `<` is written as JSON's own escape.
 */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

/** What `scriptJson` wrote into the script of this id; undefined where the page has none. */
export function jsonOf(id: string): unknown {
  const json = document.getElementById(id)?.textContent;
  return json ? JSON.parse(json) : undefined;
}
