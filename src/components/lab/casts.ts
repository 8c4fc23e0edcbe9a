const CASTS = import.meta.glob<string>("/src/content/transcripts/*/*.cast", {
  // Files of their own even where they are small: a page would carry them as text.
  query: "?url&no-inline",
  import: "default",
  eager: true,
});

/** Addresses of an experiment's asciicasts, by terminal. Build time only. */
export function castUrls(id: string): Record<string, string> {
  const folder = `/src/content/transcripts/${id}/`;
  const own = Object.entries(CASTS).filter(([path]) => path.startsWith(folder));
  return Object.fromEntries(
    own.map(([path, url]) => [path.slice(folder.length, -".cast".length), url]),
  );
}
