// What a text may hold: the list in email_templates/sanitising.py, no more and no less.
import { Mark } from "@tiptap/core";
import { Blockquote } from "@tiptap/extension-blockquote";
import { Bold } from "@tiptap/extension-bold";
import { Document } from "@tiptap/extension-document";
import { HardBreak } from "@tiptap/extension-hard-break";
import { Italic } from "@tiptap/extension-italic";
import { BulletList } from "@tiptap/extension-list/bullet-list";
import { ListItem } from "@tiptap/extension-list/item";
import { ListKeymap } from "@tiptap/extension-list/keymap";
import { OrderedList } from "@tiptap/extension-list/ordered-list";
import { Paragraph } from "@tiptap/extension-paragraph";
import { Text } from "@tiptap/extension-text";
import { UndoRedo } from "@tiptap/extensions/undo-redo";

const ALLOWED = /^(?:https?:\/\/[^\s/]|mailto:[^\s@]+@|act$|\{\{\s*(?:act|unsubscribe|preferences|browser)\s*\}\}$)/i;

export const isAddress = (address) => ALLOWED.test(address);

/** What somebody typed as an address: most leave out how it begins. */
export function asAddress(typed) {
  const address = typed.trim();
  if (isAddress(address) || /^[a-z][a-z\d+.-]*:/i.test(address)) return address;
  if (/^[^\s@/]+@[^\s@/]+\.[^\s@/]+$/.test(address)) return `mailto:${address}`;
  return /^[^\s/@.]+(?:\.[^\s/@.]+)+(?:[/?#]\S*)?$/.test(address) ? `https://${address}` : address;
}

const Link = Mark.create({
  name: "link",
  inclusive: false,
  addAttributes: () => ({ href: {} }),
  parseHTML: () => [{ tag: "a[href]", getAttrs: (link) => isAddress(link.getAttribute("href")) && null }],
  renderHTML: ({ HTMLAttributes: { href } }) => ["a", { href }, 0],
});

/** Khmer inside English, say: it is read out and set as its language is. */
const Language = Mark.create({
  name: "language",
  addAttributes: () => ({ lang: { default: null }, dir: { default: null } }),
  parseHTML: () => [{ tag: "span[lang]" }, { tag: "span[dir]" }],
  renderHTML: ({ HTMLAttributes }) => ["span", HTMLAttributes, 0],
});

const SetApart = Mark.create({ name: "bdi", parseHTML: () => [{ tag: "bdi" }], renderHTML: () => ["bdi", 0] });

const withoutAttributes = { addAttributes: () => ({}) };

export const SCHEMA = [
  Document,
  Paragraph,
  Text,
  HardBreak,
  Bold,
  Italic,
  Link,
  Language,
  SetApart,
  Blockquote,
  BulletList.extend(withoutAttributes),
  OrderedList.extend(withoutAttributes),
  // The Tab key leads on to the next field, as everywhere.
  ListItem.extend({ addKeyboardShortcuts() { return { Enter: () => this.editor.commands.splitListItem(this.name) }; } }),
  ListKeymap,
  UndoRedo,
];

/** The words as HTML: without empty paragraphs, and an entry of one paragraph is that paragraph's words. */
export function kept(editor) {
  const { body } = new DOMParser().parseFromString(editor.getHTML(), "text/html");
  for (const paragraph of body.querySelectorAll("p")) {
    if (!paragraph.textContent.trim()) paragraph.remove();
  }
  for (const paragraph of body.querySelectorAll("li > p:only-of-type")) paragraph.replaceWith(...paragraph.childNodes);
  for (const emptied of body.querySelectorAll("li:empty, blockquote:empty")) emptied.remove();
  for (const list of body.querySelectorAll("ul:empty, ol:empty")) list.remove();
  return body.innerHTML;
}
