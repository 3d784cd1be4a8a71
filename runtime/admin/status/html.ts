/**
 * HTML from templates in which every value is escaped, unless it is HTML itself.
 *
 * Owns the escaping; a text cannot become markup by being put in the wrong place, as attributes are always quoted here.
 */
export interface Html {
  readonly html: string;
}

type Value = string | number | Html | undefined | readonly Html[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function html(texts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return { html: texts.map((text, index) => `${text}${index < values.length ? render(values[index]) : ''}`).join('') };
}

/** Markup that this program wrote. */
export function raw(text: string): Html {
  return { html: text };
}

function render(value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'string' || typeof value === 'number') {
    return String(value).replaceAll(/[&<>"']/g, (sign) => ESCAPES[sign] ?? '');
  }
  return 'html' in value ? value.html : value.map((item) => item.html).join('');
}
