// The block editor where scripts run: blocks are moved, added and taken out at once, and texts are written as they look.
// Blocks are sent in the order of the page (actions/blocks_form.py), so nothing is numbered anew but what one reads.
import Sortable from "sortablejs";

const CALM = matchMedia("(prefers-reduced-motion: reduce)");
const NAMED = ["id", "name", "for", "value", "aria-labelledby", "aria-describedby"];
const blocksIn = (list) => [...list.children].filter((one) => one.matches(".desk-block"));

const fieldsOf = (block) => [...block.querySelectorAll("[contenteditable], .input, [data-verb]")];

function arrange(editor) {
  const list = editor.querySelector("[data-list]");
  const said = editor.querySelector("[data-said]");
  let highest = blocksIn(list).length;

  function changed(words) {
    blocksIn(list).forEach((block, index) => {
      block.querySelector("[data-place]").textContent = index + 1;
    });
    said.textContent = words;
    list.dispatchEvent(new Event("input", { bubbles: true }));
  }

  const standing = (block) => `${block.dataset.kind}, now ${blocksIn(list).indexOf(block) + 1} of ${blocksIn(list).length}.`;

  function move(block, verb) {
    const blocks = blocksIn(list);
    const other = blocks[blocks.indexOf(block) + (verb === "up" ? -1 : 1)];
    if (!other) {
      said.textContent = verb === "up" ? "It is the first already." : "It is the last already.";
      return;
    }
    other[verb === "up" ? "before" : "after"](block);
    block.querySelector(`[data-verb="${verb}"]`).focus();
    changed(standing(block));
  }

  function remove(block) {
    const gone = document.createElement("p");
    const undo = document.createElement("button");
    gone.className = "desk-block-gone";
    undo.type = "button";
    undo.className = "button button-quiet";
    undo.textContent = "Undo";
    undo.setAttribute("aria-label", `Undo: bring back ${block.dataset.kind}`);
    gone.append(`${block.dataset.kind} taken out. `, undo);
    undo.addEventListener("click", () => {
      gone.replaceWith(block);
      block.querySelector('[data-verb="remove"]').focus();
      changed(`It is back: ${standing(block)}`);
    });
    block.replaceWith(gone);
    undo.focus();
    changed(`${block.dataset.kind} taken out.`);
  }

  function add(kind) {
    const block = document.importNode(editor.querySelector(`[data-empty="${kind}"]`).content, true).firstElementChild;
    for (const one of [block, ...block.querySelectorAll("*")]) {
      for (const name of NAMED) {
        if (one.hasAttribute(name)) one.setAttribute(name, one.getAttribute(name).replaceAll("{n}", highest));
      }
    }
    highest += 1;
    list.append(block);
    improve(block).finally(() => fieldsOf(block).find((one) => one.offsetParent).focus());
    changed(`Added: ${standing(block)}`);
  }

  editor.addEventListener("click", (event) => {
    const button = event.target.closest("[data-verb], [data-add]");
    if (!button) return;
    event.preventDefault();
    const { verb, add: kind } = button.dataset;
    if (kind) add(kind);
    else if (verb === "remove") remove(button.closest(".desk-block"));
    else move(button.closest(".desk-block"), verb);
  });

  new Sortable(list, {
    handle: ".desk-block-handle",
    draggable: ".desk-block",
    animation: CALM.matches ? 0 : 150,
    // The browser's own dragging would drop a block's words into the text below it. On the body, since a copy inside the
    // form would be sent with it.
    forceFallback: true,
    fallbackOnBody: true,
    ghostClass: "is-dragged",
    fallbackClass: "is-carried",
    onEnd: ({ item }) => changed(standing(item)),
  });
  blocksIn(list).forEach(improve);
}

/** Whatever a block can do only with scripts. */
async function improve(block) {
  block.querySelector(".desk-block-handle").hidden = false;
  const picture = block.querySelector("[data-picture]");
  if (picture) picture.querySelector("select").addEventListener("change", () => showPicture(block));
  const text = block.querySelector("[data-rich]");
  if (text) (await import("./rich.js")).writeAsItLooks(text, document.getElementById("rich-tools"));
}

function showPicture(block) {
  const { alt, credit, src, width, height } = block.querySelector("[data-picture] select").selectedOptions[0].dataset;
  const thumb = block.querySelector(".desk-block-thumb");
  thumb.hidden = !src;
  if (src) Object.assign(thumb, { src, width, height });
  else thumb.removeAttribute("src");
  for (const [field, own] of Object.entries({ alt, credit })) {
    const hint = block.querySelector(`[data-own="${field}"]`);
    hint.hidden = !own;
    hint.querySelector("q").textContent = own ?? "";
  }
}

document.querySelectorAll("[data-blocks]").forEach(arrange);
