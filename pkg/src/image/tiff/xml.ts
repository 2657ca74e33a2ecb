/** An element of an XML document; names are without the prefixes of their namespaces. */
export interface XmlElement {
  name: string;
  attributes: ReadonlyMap<string, string>;
  children: readonly XmlElement[];
  /** The text directly inside. */
  text: string;
}

/** The elements of a name directly inside another. */
export function childrenOf(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

type Open = XmlElement & { children: XmlElement[] };

/** The most elements of a document; those of a plate's metadata are some hundred thousand. */
const MAX_ELEMENTS = 2 ** 20;

/** Comments, declarations, character data, tags, and text; of all what may come next. */
const TOKEN =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>|<![^>]*>|<\/\s*([^\s>]+)\s*>|<([^\s/>!?]+)((?:[^>"'/]|"[^"]*"|'[^']*'|\/(?!>))*)(\/?)>|([^<]+)/y;
const ATTRIBUTE = /\s*([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/y;

/**
 * The root of an XML document; `undefined` for what is not one. It works where there is no DOM, in workers and in Node, in
 * time and memory that grow with the text: entities that a document defines are not resolved, and nothing is loaded.
 */
export function parseXml(text: string): XmlElement | undefined {
  const root: Open = { name: '', attributes: new Map(), children: [], text: '' };
  const open: Open[] = [root];
  let count = 0;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const token = TOKEN.exec(text);
    if (!token) return undefined;
    const end = TOKEN.lastIndex;
    const [, data, closed, name, attributes = '', isEmpty, characters] = token;
    const innermost = open[open.length - 1] as Open;
    if (data !== undefined) innermost.text += data;
    if (characters !== undefined) innermost.text += resolved(characters);
    if (closed !== undefined) {
      if (innermost === root || innermost.name !== localName(closed)) return undefined;
      open.pop();
    }
    if (name !== undefined) {
      if (++count > MAX_ELEMENTS) return undefined;
      const element: Open = { name: localName(name), attributes: attributesOf(attributes), children: [], text: '' };
      innermost.children.push(element);
      if (!isEmpty) open.push(element);
    }
    TOKEN.lastIndex = end;
  }
  return open.length === 1 ? root.children[0] : undefined;
}

function attributesOf(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  ATTRIBUTE.lastIndex = 0;
  for (let found = ATTRIBUTE.exec(text); found; found = ATTRIBUTE.exec(text)) {
    attributes.set(localName(found[1] as string), resolved(found[2] ?? found[3] ?? ''));
  }
  return attributes;
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function resolved(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(amp|lt|gt|quot|apos));/gi, (whole, decimal, hex, name) => {
    if (name) return ENTITIES[name.toLowerCase()] ?? whole;
    const point = decimal ? Number(decimal) : Number.parseInt(hex, 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
