/** The copy of the site that tests build under a base path, as a project page on GitHub has one. */
export const BASE_SITE = {
  address: "https://book.test",
  base: "/one-kernel/",
  folder: "test-results/site-with-base",
};

/** The browser that tests drive, as readers have it. */
export const BROWSER = { file: "/usr/bin/chromium", package: "chromium" };
/**
 * The same without the window that nobody looks at: Playwright's usual choice. A page costs a third of
 * the processor's time in it. What is measured, and the unpacked archive, are tried in the whole one.
 */
export const HEADLESS = {
  file: "/usr/bin/chromium-headless-shell",
  package: "chromium-headless-shell",
};

/**
 * The other browser: what is read without a network has to work in more than one. Playwright asks for
 * network.addDataCollector of WebDriver BiDi, which Debian's version 140 lacks and its next one has.
 */
export const FIREFOX = { file: "/usr/bin/firefox-esr", package: "firefox-esr", atLeast: 153 };

/** Chinese text is measured and looked at with this font. */
export const CJK_FONT = {
  file: "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
  package: "fonts-noto-cjk",
};

/** What the printed book is looked at with. */
export const PDF_TOOLS = [
  { command: "pdftotext", package: "poppler-utils" },
  { command: "qpdf", package: "qpdf" },
];

/** Chromium's switches: quiet on the network, and no sandbox for root, who cannot have one. */
export const BROWSER_ARGS = [
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
];
