/** A node's own words: ``code`` as its programmers mark it is shown as code. */
export function Said({ words }: { readonly words: string }) {
  return <>{words.split(/``(.+?)``/).map((piece, i) => (i % 2 ? <code key={i}>{piece}</code> : piece))}</>;
}
