import type { SatteriProcessorOptions } from "@astrojs/markdown-satteri";
import en from "../content/i18n/en.json" with { type: "json" };
import zh from "../content/i18n/zh-CN.json" with { type: "json" };

type Plugin = NonNullable<SatteriProcessorOptions["hastPlugins"]>[number];

/** Says the footnotes' heading and back links in the page's language; the processor knows one only. */
export const footnotesInPageLanguage: Plugin = ({ fileURL }) => {
  const text = fileURL?.pathname.includes("/docs/zh/") ? zh : en;
  return {
    name: "footnotes-in-page-language",
    element: [
      {
        filter: ["h2"],
        visit(node) {
          if (node.properties.id !== "footnote-label") return;
          return { ...node, children: [{ type: "text", value: text["footnotes.label"] }] };
        },
      },
      {
        filter: ["a"],
        visit(node, context) {
          if (!("dataFootnoteBackref" in node.properties)) return;
          const reference = String(node.properties.ariaLabel).replace(/^\D+/, "");
          const label = text["footnotes.back"].replace("{{reference}}", reference);
          context.setProperty(node, "ariaLabel", label);
        },
      },
    ],
  };
};
