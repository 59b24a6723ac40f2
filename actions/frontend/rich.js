// A text block as it will look. It can hold what email_templates/sanitising.py lets through and nothing else.
import { Editor } from "@tiptap/core";

import { clean } from "./pasting.js";
import { kept, SCHEMA, isAddress, asAddress } from "./schema.js";

const ACTIVE = ["bold", "italic", "link", "bulletList", "orderedList", "blockquote", "language"];
const ON_A_MAC = /Mac|iPhone|iPad/.test(navigator.platform);

/** Takes the place of the Markdown in `field`; what is written is sent as HTML, what is left alone as it was. */
export function writeAsItLooks(field, tools) {
  const textarea = field.querySelector("textarea");
  // Somebody was quicker than this script.
  if (textarea.value !== textarea.defaultValue) return;
  const was = field.querySelector("input");
  const frame = document.importNode(tools.content, true).firstElementChild;
  const label = field.querySelector("label");
  const { lang, dir } = textarea;

  const editor = new Editor({
    element: frame.querySelector("[data-area]"),
    extensions: SCHEMA,
    content: was.value,
    injectCSS: false,
    // "2014. " would begin a list with 1, and stars in a sum would be emphasis.
    enableInputRules: false,
    enablePasteRules: false,
    editorProps: {
      attributes: {
        class: "rich-area story block-text",
        role: "textbox",
        "aria-multiline": "true",
        "aria-labelledby": label.id,
        "aria-keyshortcuts": "Alt+F10",
        lang,
        dir,
      },
      transformPastedHTML: clean,
      handleKeyDown: (_, event) => shortcut(event),
    },
    onUpdate: () => {
      was.value = kept(editor);
      was.dispatchEvent(new Event("input", { bubbles: true }));
    },
    onTransaction: () => bar?.show(),
  });

  const panels = Object.fromEntries(["link", "language"].map((name) => [name, panel(frame, editor, name)]));
  const bar = toolbar(frame, editor, panels);

  function shortcut(event) {
    if (event.altKey && event.key === "F10") bar.focus();
    else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") panels.link.open();
    else return false;
    event.preventDefault();
    return true;
  }

  was.name = was.name.replace(/-was$/, "-rich");
  textarea.disabled = true;
  textarea.hidden = true;
  field.querySelector(".field-hint").hidden = true;
  // Its block is called the same, right above.
  label.className = "visually-hidden";
  field.append(frame);
  bar.show();
}

function toolbar(frame, editor, panels) {
  const bar = frame.querySelector("[role=toolbar]");
  const tools = [...bar.querySelectorAll("button")];
  let current = tools[0];

  function reach(tool) {
    current.tabIndex = -1;
    current = tool;
    current.tabIndex = 0;
  }

  function press(name) {
    if (name in panels) {
      panels[name].open();
      return;
    }
    const chain = editor.chain().focus();
    if (name === "bold" || name === "italic") chain.toggleMark(name).run();
    else if (name === "bulletList" || name === "orderedList") chain.toggleList(name, "listItem").run();
    else if (name === "blockquote") chain.toggleWrap(name).run();
    else chain[name]().run();
  }

  bar.addEventListener("click", (event) => {
    const tool = event.target.closest("button");
    if (!tool) return;
    reach(tool);
    press(tool.dataset.tool);
  });
  // The words that are chosen stay chosen.
  bar.addEventListener("mousedown", (event) => event.preventDefault());
  bar.addEventListener("keydown", (event) => {
    const forward = getComputedStyle(bar).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const steps = { ArrowRight: 1, ArrowLeft: -1 };
    const at = tools.indexOf(current);
    if (event.key === "Escape") editor.commands.focus();
    else if (event.key === "Home") reach(tools[0]);
    else if (event.key === "End") reach(tools.at(-1));
    else if (event.key in steps) reach(tools.at((at + (event.key === forward ? 1 : -1)) % tools.length));
    else return;
    event.preventDefault();
    if (event.key !== "Escape") current.focus();
  });
  if (ON_A_MAC) for (const tool of tools) tool.title = tool.title.replace("Ctrl+", "⌘").replace("Shift+", "⇧");
  reach(current);

  return {
    focus: () => current.focus(),
    show() {
      for (const tool of tools) {
        const name = tool.dataset.tool;
        if (ACTIVE.includes(name)) tool.setAttribute("aria-pressed", editor.isActive(name));
        else tool.setAttribute("aria-disabled", !editor.can()[name]());
      }
    },
  };
}

/** What a mark needs to know, asked below the buttons: the address of a link, the language of some words. */
function panel(frame, editor, mark) {
  const box = frame.querySelector(`[data-panel="${mark}"]`);
  const value = box.querySelector("[data-value]");
  const wrong = box.querySelector("[data-wrong]");

  function close() {
    box.hidden = true;
    editor.commands.focus();
  }

  function set() {
    const attributes = mark === "link" ? { href: asAddress(value.value) } : { lang: value.value, dir: value.selectedOptions[0].dataset.dir };
    if (mark === "link" && !isAddress(attributes.href)) {
      wrong.hidden = false;
      value.setAttribute("aria-invalid", "true");
      value.focus();
      return;
    }
    close();
    const { empty } = editor.state.selection;
    const chain = editor.chain().focus();
    // A link has one address; of a passage in another language a part can be in a third.
    if (mark === "link" || empty) chain.extendMarkRange(mark);
    if (empty && !editor.isActive(mark) && mark === "link") {
      chain.insertContent({ type: "text", text: value.value.trim(), marks: [{ type: mark, attrs: attributes }] }).run();
    } else chain.setMark(mark, attributes).run();
  }

  function unset() {
    close();
    editor.chain().focus().extendMarkRange(mark).unsetMark(mark).run();
  }

  box.querySelector("[data-set]").addEventListener("click", set);
  box.querySelector("[data-unset]").addEventListener("click", unset);
  box.querySelector("[data-close]").addEventListener("click", close);
  // Else a change of it would be kept as if it were a word of the text.
  box.addEventListener("input", (event) => event.stopPropagation());
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    // The form around must not be sent.
    else if (event.key === "Enter" && event.target === value) set();
    else return;
    event.preventDefault();
  });

  return {
    open() {
      frame.querySelectorAll("[data-panel]").forEach((one) => {
        one.hidden = one !== box;
      });
      const now = editor.getAttributes(mark);
      box.querySelector("[data-unset]").hidden = !editor.isActive(mark);
      if (mark === "link") {
        value.value = now.href ?? "";
        wrong.hidden = true;
        value.removeAttribute("aria-invalid");
      } else if (now.lang) choose(value, now);
      else value.value = [...value.options].find((one) => one.value !== editor.view.dom.lang).value;
      value.focus();
    },
  };
}

/** Words may be marked with a language in which we have no pages. */
function choose(select, { lang, dir }) {
  if (![...select.options].some((one) => one.value === lang)) {
    const name = new Intl.DisplayNames([lang], { type: "language", fallback: "code" }).of(lang);
    const option = new Option(name, lang);
    if (dir) option.dataset.dir = dir;
    select.add(option);
  }
  select.value = lang;
}
