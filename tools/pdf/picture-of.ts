/**
 * Draws an element of the page, as the browser has laid it out, as an SVG: boxes, borders, text by
 * lines, and SVGs with their styles resolved. Runs in the page, so it uses nothing from outside.
 * @returns the SVG's text and its size in CSS pixels
 */
export function pictureOf(root: Element): { svg: string; width: number; height: number } {
  const frame = root.getBoundingClientRect();
  const out: string[] = [];
  const canvas = document.createElement("canvas").getContext("2d") as CanvasRenderingContext2D;
  const round = (value: number) => String(Math.round(value * 100) / 100);
  const quoted = (text: string) =>
    text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
  // Whoever reads the SVG takes the first family that it knows, whether that has the letter or not.
  const latin = (text: string) => /^[\t-\u024f\u2010-\u2026\u2030-\u203a]*$/.test(text);
  const families = (style: CSSStyleDeclaration) => style.fontFamily.replaceAll('"', "").split(", ");
  const family = (text: string, style: CSSStyleDeclaration) => {
    const all = families(style);
    return latin(text) ? all[0] : (all.find((name) => name.includes("CJK")) ?? all[0]);
  };
  const visible = (colour: string) => colour !== "transparent" && !/, 0\)$|\/ 0\)$/.test(colour);

  const line = (x1: number, y1: number, x2: number, y2: number, side: string[]) =>
    out.push(
      `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${side[2]}" stroke-width="${Number.parseFloat(side[0] ?? "0")}"${side[1] === "dashed" ? ' stroke-dasharray="4 3"' : ""}/>`,
    );

  function box(element: Element, style: CSSStyleDeclaration): void {
    const { left, top, width, height } = element.getBoundingClientRect();
    const [x, y] = [left - frame.left, top - frame.top];
    const sides = ["top", "right", "bottom", "left"].map((side) => [
      style.getPropertyValue(`border-${side}-width`),
      style.getPropertyValue(`border-${side}-style`),
      style.getPropertyValue(`border-${side}-color`),
    ]);
    const drawn = sides.map(
      ([size, kind, colour = ""]) => size !== "0px" && kind !== "none" && visible(colour),
    );
    const same = drawn.every(Boolean) && sides.every((side) => side.join() === sides[0]?.join());
    const fill = visible(style.backgroundColor) ? style.backgroundColor : "none";
    const [size = "0", kind, colour] = sides[0] ?? [];
    const half = same ? Number.parseFloat(size) / 2 : 0;
    if (fill !== "none" || same)
      out.push(
        `<rect x="${round(x + half)}" y="${round(y + half)}" width="${round(Math.max(0, width - 2 * half))}" height="${round(Math.max(0, height - 2 * half))}" rx="${Number.parseFloat(style.borderTopLeftRadius) || 0}" fill="${fill}"${same ? ` stroke="${colour}" stroke-width="${2 * half}"${kind === "dashed" ? ' stroke-dasharray="4 3"' : ""}` : ""}/>`,
      );
    if (same) return;
    const [right, bottom] = [x + width, y + height];
    if (drawn[0]) line(x, y, right, y, sides[0] ?? []);
    if (drawn[1]) line(right, y, right, bottom, sides[1] ?? []);
    if (drawn[2]) line(x, bottom, right, bottom, sides[2] ?? []);
    if (drawn[3]) line(x, y, x, bottom, sides[3] ?? []);
  }

  /** The coloured square that CSS puts before a legend's entry. */
  function swatch(element: Element): void {
    const before = getComputedStyle(element, "::before");
    const [width, height] = [Number.parseFloat(before.width), Number.parseFloat(before.height)];
    if (before.content === "none" || !(width > 0 && height > 0)) return;
    const { left, top, height: tall } = element.getBoundingClientRect();
    const stroke = Number.parseFloat(before.borderTopWidth) || 0;
    const colour = visible(before.backgroundColor) ? before.backgroundColor : "none";
    out.push(
      `<rect x="${round(left - frame.left)}" y="${round(top - frame.top + (tall - height) / 2)}" width="${width}" height="${height}" fill="${colour}"${stroke > 0 ? ` stroke="${before.borderTopColor}" stroke-width="${stroke}"` : ""}/>`,
    );
  }

  function write(
    text: string,
    style: CSSStyleDeclaration,
    left: number,
    top: number,
    width: number,
  ) {
    canvas.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const baseline = top + canvas.measureText(text).fontBoundingBoxAscent;
    out.push(
      `<text x="${round(left - frame.left)}" y="${round(baseline - frame.top)}" font-size="${Number.parseFloat(style.fontSize)}" font-weight="${style.fontWeight}" font-family="${family(text, style)}" fill="${style.color}" textLength="${round(width)}" xml:space="preserve">${quoted(text)}</text>`,
    );
  }

  /** A text node's characters, gathered where they stand beside each other. */
  function lines(node: Text, style: CSSStyleDeclaration): void {
    const range = document.createRange();
    let run = { text: "", left: 0, top: 0, right: 0 };
    const flush = () => {
      if (run.text.trim()) write(run.text, style, run.left, run.top, run.right - run.left);
      run = { text: "", left: 0, top: 0, right: 0 };
    };
    for (let index = 0; index < node.length; index++) {
      range.setStart(node, index);
      range.setEnd(node, index + 1);
      const rect = range.getClientRects()[0];
      if (!rect || rect.width === 0) continue;
      const character = node.data[index] ?? "";
      const apart = Math.abs(rect.top - run.top) > 1 || rect.left - run.right > 1;
      if (apart || latin(character) !== latin(run.text)) flush();
      if (run.text === "") run = { text: "", left: rect.left, top: rect.top, right: rect.right };
      run.text += /\s/.test(character) ? " " : character;
      run.right = rect.right;
    }
    flush();
  }

  const DRAWN = [
    "fill",
    "fill-opacity",
    "stroke",
    "stroke-width",
    "stroke-dasharray",
    "stroke-opacity",
    "opacity",
    "paint-order",
    "stroke-linejoin",
    "font-size",
    "font-weight",
    "font-family",
    "text-anchor",
  ];
  const LENGTHS = ["x", "y", "width", "height", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx"];

  function drawing(svg: SVGSVGElement): void {
    const rect = svg.getBoundingClientRect();
    const copy = svg.cloneNode(true) as SVGSVGElement;
    const originals = [svg, ...svg.querySelectorAll("*")];
    const copies = [copy, ...copy.querySelectorAll("*")];
    for (const [index, original] of originals.entries()) {
      const target = copies[index] as SVGElement;
      const style = getComputedStyle(original);
      target.removeAttribute("style");
      target.removeAttribute("class");
      if (style.display === "none" && !original.closest("defs"))
        target.setAttribute("display", "none");
      for (const name of DRAWN)
        target.setAttribute(name, style.getPropertyValue(name).replaceAll('"', ""));
      for (const name of index === 0 ? [] : LENGTHS) {
        const length = (original as unknown as Record<string, SVGAnimatedLength>)[name];
        if (original.hasAttribute(name) && length?.baseVal instanceof SVGLength)
          target.setAttribute(name, round(length.baseVal.value));
      }
      if (original instanceof SVGTextElement) {
        const first = original.y.baseVal[0]?.value ?? 0;
        const x = original.x.baseVal[0]?.value ?? 0;
        const middle = style.dominantBaseline === "central" || style.dominantBaseline === "middle";
        target.setAttribute("x", round(x));
        target.setAttribute(
          "y",
          round(first + (middle ? Number.parseFloat(style.fontSize) * 0.35 : 0)),
        );
        target.removeAttribute("dominant-baseline");
        target.setAttribute("font-family", family(original.textContent ?? "", style) ?? "");
      }
    }
    copy.setAttribute("x", round(rect.left - frame.left));
    copy.setAttribute("y", round(rect.top - frame.top));
    copy.setAttribute("width", round(rect.width));
    copy.setAttribute("height", round(rect.height));
    for (const name of ["role", "aria-label", "aria-hidden"]) copy.removeAttribute(name);
    out.push(new XMLSerializer().serializeToString(copy));
  }

  function visit(element: Element): void {
    const style = getComputedStyle(element);
    const { width, height } = element.getBoundingClientRect();
    if (style.display === "none" || style.visibility === "hidden" || width + height === 0) return;
    if (element instanceof SVGSVGElement) drawing(element);
    else if (!(element instanceof HTMLInputElement)) html(element, style);
  }

  function html(element: Element, style: CSSStyleDeclaration): void {
    box(element, style);
    swatch(element);
    if (element instanceof HTMLSelectElement) {
      const chosen = element.selectedOptions[0]?.text ?? "";
      const rect = element.getBoundingClientRect();
      const inset = Number.parseFloat(style.paddingLeft) || 0;
      canvas.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
      const size = canvas.measureText(chosen);
      const tall = size.fontBoundingBoxAscent + size.fontBoundingBoxDescent;
      write(chosen, style, rect.left + inset, rect.top + (rect.height - tall) / 2, size.width);
      return;
    }
    for (const child of element.childNodes)
      if (child instanceof Text) lines(child, style);
      else if (child instanceof Element) visit(child);
  }

  visit(root);
  const size = `width="${round(frame.width)}" height="${round(frame.height)}"`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 ${round(frame.width)} ${round(frame.height)}">${out.join("")}</svg>`;
  return { svg, width: frame.width, height: frame.height };
}
