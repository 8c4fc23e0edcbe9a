import type { Element } from "hast";
import { toString as textOf } from "hast-util-to-string";
import { renderSVG } from "uqr";
import type { Writer } from "./convert.ts";
import { call, label, string, text } from "./markup.ts";
import { table } from "./tables.ts";
import { classesOf, find, id, items } from "./tree.ts";

const inline = (element: Element, at: Writer) => at.inline(element.children);
const children = (element: Element, at: Writer) => at.blocks(element.children);

export function experiment(element: Element, at: Writer): string {
  const name = String(element.properties.dataExperiment);
  const { places } = at;
  const url = places.site && `${places.site}${places.language}/experiments/${name}/`;
  const head = one(element, "ok-lab-head", at);
  const [, title, intent] = head.children.filter((child) => child.type === "element");
  const titled = inline(title as Element, at);
  if (places.printed.has(name)) return again("experiment", `experiment:${name}`, titled);
  places.printed.add(name);
  const steps = one(element, "ok-steps", at);
  return at.boxed(() =>
    call(
      "experiment",
      {
        name: string(name),
        ...(url && { url: string(url), qr: string(renderSVG(url, { border: 0 })) }),
        intent: `[${inline(intent as Element, at)}]`,
      },
      titled,
      call("enum", {}, ...items(steps).map((step) => children(step, at).trim())),
      ["ok-verdict", "ok-controls"].map((part) => optional(element, part, at)).join(""),
    ),
  );
}

/** Something that was printed on an earlier page: its title, and where. */
function again(kind: string, name: string, title: string): string {
  return call("again", { kind: string(kind), to: `label(${string(name)})` }, title);
}

export function command(element: Element, at: Writer): string {
  const where = one(element, "ok-where", at);
  const power = find(element, (e) => classesOf(e).includes("ok-power"))[0];
  const code = find(element, (e) => e.tagName === "code")[0];
  const what = code ? at.code(textOf(code)) : `#emph[${inline(power as Element, at)}];`;
  return `#leading[#where[${inline(where, at)}];];${what}`;
}

/** Recorded output, or the recorded verdict: a summary and what it opens. */
export function output(element: Element, at: Writer): string {
  const [summary, ...rest] = element.children.filter((child) => child.type === "element");
  return `#leading[${call("small", {}, inline(summary as Element, at))}];${at.blocks(rest)}`;
}

export function question(element: Element, at: Writer): string {
  const [legend, asked, choices] = element.children.filter((child) => child.type === "element");
  const answers = items(choices as Element).map((item) => text(textOf(item).trim()));
  const list = answers.map((answer) => `[${answer}]`).join(", ");
  return `#predict(${string(textOf(legend as Element))}, [${inline(asked as Element, at)}], (${list},));`;
}

export function exercise(element: Element, at: Writer): string {
  const [kind, task] = element.children.filter((child) => child.type === "element");
  const hint = find(element, (e) => e.tagName === "details")[0];
  const [, words] = hint?.children.filter((child) => child.type === "element") ?? [];
  return call(
    "exercise",
    {
      kind: `[${inline(kind as Element, at)}]`,
      hint: words ? `[${inline(words as Element, at)}]` : undefined,
    },
    inline(task as Element, at),
  );
}

export function claim(element: Element, at: Writer): string {
  const [verdict, said, answer, evidence] = element.children.filter(
    (child) => child.type === "element",
  );
  // What each experiment found is printed with the experiment.
  const shown =
    evidence?.tagName === "ul"
      ? items(evidence).map((item) =>
          at.inline(
            item.children.filter(
              (child) => !(child.type === "element" && child.tagName === "details"),
            ),
          ),
        )
      : [];
  const args = {
    kind: string(String(element.properties.dataVerdict)),
    verdict: `[${inline(verdict as Element, at)}]`,
    said: `[${inline(said as Element, at)}]`,
    answer: `[${inline(answer as Element, at)}]`,
    shown: `(${shown.map((line) => `[${line}],`).join(" ")})`,
  };
  return `${call("claim", args)}${label(`${at.page.slug}#${id(element)}`)}`;
}

export function instrument(element: Element, at: Writer): string {
  const head = one(element, "ok-lab-head", at);
  const [, title, intent] = head.children.filter((child) => child.type === "element");
  const drawn = one(element, "ok-picture", at);
  const name = `instrument:${String(element.properties.dataInstrument)}`;
  if (at.places.printed.has(name)) return again("instrument", name, inline(title as Element, at));
  at.places.printed.add(name);
  const caption = find(element, (e) => e.tagName === "figcaption")[0];
  const data = find(element, (e) => classesOf(e).includes("ok-table"))[0];
  return call(
    "instrument",
    {
      name: string(name),
      title: `[${inline(title as Element, at)}]`,
      intent: `[${inline(intent as Element, at)}]`,
      origin: `[${inline(one(element, "ok-origin", at), at)}]`,
      caption: caption ? `[${inline(caption, at)}]` : undefined,
      data: data
        ? `[${find(data, (e) => e.tagName === "table")
            .map((e) => table(e, at))
            .join("\n")}]`
        : undefined,
    },
    find(drawn, (e) => e.properties.dataPicture !== undefined)
      .map((part) =>
        at.picture(part, alternative(part) || `${textOf(title as Element)}: ${textOf(part)}`),
      )
      .join("\n\n"),
  );
}

/** What a picture's parts say of themselves to those who cannot see them. */
function alternative(part: Element): string {
  const labelled = [part, ...find(part, () => true)].filter(
    (e) => e.properties.ariaLabel !== undefined,
  );
  return labelled.map((e) => String(e.properties.ariaLabel)).join("; ");
}

function optional(top: Element, name: string, at: Writer): string {
  return find(top, (element) => classesOf(element).includes(name))
    .map((element) => children(element, at))
    .join("");
}

function one(top: Element, name: string, at: Writer): Element {
  const [found] = find(top, (element) => classesOf(element).includes(name));
  if (!found) throw at.error(top, `nothing of class "${name}" in it`);
  return found;
}
