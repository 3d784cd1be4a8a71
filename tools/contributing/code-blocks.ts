/** The code blocks of a section of CONTRIBUTING.md, in order, each with the file that the line before it names. */
export interface CodeBlock {
  /** Undefined for a block that is no file of its own. */
  readonly path: string | undefined;
  readonly code: string;
}

const BLOCK = /(?:^ *`(?<path>[\w./-]+)`:\n\n)?^(?<indent> *)```\w+\n(?<code>[\s\S]*?)\n *```$/gm;

export function blocksOf(markdown: string, title: string): readonly CodeBlock[] {
  const section = markdown.split(/^## /m).find((text) => text.startsWith(`${title}\n`)) ?? '';
  return [...section.matchAll(BLOCK)].map(({ groups }) => {
    const indent = new RegExp(`^${groups?.['indent'] ?? ''}`, 'gm');
    return { path: groups?.['path'], code: `${(groups?.['code'] ?? '').replaceAll(indent, '')}\n` };
  });
}
