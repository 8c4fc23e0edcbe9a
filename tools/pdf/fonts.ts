/** The printed book's fonts, with the Debian packages that have them. Others must not get into it. */
export const FONTS = [
  ...["Sans", "Serif"].flatMap((style) =>
    ["Regular", "Bold"].map((weight) => ({
      file: `/usr/share/fonts/opentype/noto/Noto${style}CJK-${weight}.ttc`,
      package: "fonts-noto-cjk",
    })),
  ),
  ...["Sans", "Serif"].flatMap((style) =>
    ["Regular", "Bold", "Italic", "BoldItalic"].map((weight) => ({
      file: `/usr/share/fonts/truetype/noto/Noto${style}-${weight}.ttf`,
      package: "fonts-noto-core",
    })),
  ),
  ...["Regular", "Bold"].map((weight) => ({
    file: `/usr/share/fonts/truetype/jetbrains-mono/JetBrainsMono-${weight}.ttf`,
    package: "fonts-jetbrains-mono",
  })),
];
