import { memo, type ReactNode } from "react";
import { type Block, type Inline, readMarkdown } from "../core/markdown.ts";

/** Markdown as elements of the page. */
export const Markdown = memo(function Markdown({ source }: { readonly source: string }) {
  return <>{readMarkdown(source).map((block, i) => <ShownBlock key={i} block={block} />)}</>;
});

function ShownBlock({ block }: { readonly block: Block }): ReactNode {
  switch (block.kind) {
    case "heading":
      return <p className={`note-heading is-${Math.min(3, block.level)}`} role="heading" aria-level={Math.min(6, block.level + 2)}>{show(block.inline)}</p>;
    case "paragraph":
      return <p>{show(block.inline)}</p>;
    case "quote":
      return <blockquote>{show(block.inline)}</blockquote>;
    case "code":
      return <pre><code>{block.text}</code></pre>;
    case "list": {
      const items = block.items.map((item, i) => <li key={i}>{show(item)}</li>);
      return block.isOrdered ? <ol>{items}</ol> : <ul>{items}</ul>;
    }
  }
}

function show(parts: readonly Inline[]): ReactNode {
  return parts.map((part, i) => {
    if (part.kind === "link") return <a key={i} href={part.url} target="_blank" rel="noreferrer noopener">{part.text}</a>;
    if (part.kind === "text") return part.text;
    const Tag = part.kind;
    return <Tag key={i}>{part.text}</Tag>;
  });
}
