#!/usr/bin/env node
// Serves the book to this computer and to those on the same network. Needs Node 18 or later and
// nothing else: node serve.mjs [port]

import { createReadStream, readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { networkInterfaces } from "node:os";
import { dirname, extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const SITE = join(HERE, "site");
const { base, language } = JSON.parse(readFileSync(join(HERE, "bundle.json"), "utf8"));
const port = Number(process.argv[2] ?? 8080);

const TYPES = {
  ".bib": "text/plain; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webp": "image/webp",
  ".xml": "application/xml",
};
/** Names with the hash of their content in them never change. */
const HASHED = /\/_astro\/|\/images\/guest\/(.*\.bin$|share\/[0-9a-f]{2}\/)/;

const WORDS = {
  zh: {
    ready: "书已经可以打开：",
    others: "同一网络里的其他电脑：",
    stop: "按Ctrl-C停止。",
    port: (given) => `“${given}”不是端口号，应是1到65535之间的整数，例如：node serve.mjs 8080`,
    taken: (used) => `端口${used}已被占用。换一个，例如：node serve.mjs ${used + 1}`,
  },
  en: {
    ready: "The book is ready:",
    others: "For other computers on this network:",
    stop: "Ctrl-C stops it.",
    port: (given) => `“${given}” is no port; it is a number from 1 to 65535: node serve.mjs 8080`,
    taken: (used) => `Port ${used} is in use. Choose another: node serve.mjs ${used + 1}`,
  },
}[language];

if (!Number.isInteger(port) || port < 1 || port > 65535) {
  console.error(WORDS.port(process.argv[2]));
  process.exit(2);
}

/** The file that an address means, or undefined: nothing outside of the site. */
async function fileOf(pathname) {
  if (!pathname.startsWith(base)) return undefined;
  let path;
  try {
    path = decodeURIComponent(pathname.slice(base.length));
  } catch {
    return undefined;
  }
  const wanted = normalize(join(SITE, path));
  if (wanted !== SITE && !wanted.startsWith(SITE + sep)) return undefined;
  const file = path === "" || path.endsWith("/") ? join(wanted, "index.html") : wanted;
  const found = await stat(file).catch(() => undefined);
  return found?.isFile() ? { file, size: found.size } : undefined;
}

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://book.invalid");
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { Allow: "GET, HEAD" }).end();
    return;
  }
  if (pathname === "/" && base !== "/") {
    response.writeHead(302, { Location: base }).end();
    return;
  }
  const found = await fileOf(pathname);
  const { file, size } = found ?? (await fileOf(`${base}404.html`)) ?? {};
  if (!file) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(found ? 200 : 404, {
    "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
    "Content-Length": size,
    "Cache-Control": HASHED.test(pathname) ? "max-age=31536000, immutable" : "no-cache",
  });
  if (request.method === "HEAD") response.end();
  else createReadStream(file).pipe(response);
});

server.on("error", (error) => {
  console.error(error.code === "EADDRINUSE" ? WORDS.taken(port) : error.message);
  process.exitCode = 1;
});
server.listen(port, () => {
  const start = `${base}${language}/`;
  console.log(`${WORDS.ready} http://localhost:${port}${start}`);
  const others = Object.values(networkInterfaces())
    .flat()
    .filter((each) => each?.family === "IPv4" && !each.internal)
    .map((each) => `  http://${each.address}:${port}${start}`);
  if (others.length > 0) console.log([WORDS.others, ...others].join("\n"));
  console.log(WORDS.stop);
});
