// What is pasted, before the schema sees it: Word writes lists as paragraphs and emphasis as styles.

const DROPPED = "script, meta, link, title, xml, img, svg, iframe, object, head";

/** HTML whose paragraphs, emphasis, links and lists are elements; styles and empty paragraphs are gone. */
export function clean(html) {
  const { body } = new DOMParser().parseFromString(withoutStyles(html), "text/html");
  const isFromOffice = /urn:schemas-microsoft-com|class="?Mso|mso-/.test(html);
  for (const one of body.querySelectorAll(DROPPED)) one.remove();
  makeLists(body);
  for (const one of body.querySelectorAll("[data-style]")) emphasise(one);
  for (const one of body.querySelectorAll("*")) {
    one.removeAttribute("data-style");
    one.removeAttribute("class");
    // Word marks whatever its spelling is set to.
    if (isFromOffice) one.removeAttribute("lang");
  }
  for (const one of body.querySelectorAll("p")) if (!one.textContent.trim()) one.remove();
  return body.innerHTML;
}

/** The pages' policy holds here too: a browser would complain of each style and then read none of them. */
const withoutStyles = (html) => html.replace(/<style[\s>].*?<\/style>/gis, "").replace(/(<[^>]*\s)style(?=\s*=)/gi, "$1data-style");

function emphasise(element) {
  const style = element.getAttribute("data-style").replace(/mso-[^;]*/g, "");
  const wraps = [];
  if (/font-weight:\s*(?:bold|[6-9]00)/i.test(style)) wraps.push("strong");
  if (/font-style:\s*italic/i.test(style)) wraps.push("em");
  // Google Docs puts a whole copy into a b that is not bold.
  if (/^(?:B|STRONG)$/.test(element.tagName) && /font-weight:\s*(?:normal|[1-5]00)/i.test(style)) {
    element.replaceWith(...element.childNodes);
  }
  for (const name of wraps) {
    const wrap = document.createElement(name);
    wrap.append(...element.childNodes);
    element.append(wrap);
  }
}

/** Word's list paragraphs say their level in a style; their marker is words of its own. */
function makeLists(body) {
  let lists = [];
  for (const paragraph of body.querySelectorAll("p, h1, h2, h3, h4, h5, h6")) {
    const level = Number(/mso-list:[^;]*\blevel(\d)/.exec(paragraph.getAttribute("data-style") ?? "")?.[1] ?? 0);
    if (!level) continue;
    const marker = [...paragraph.querySelectorAll("[data-style]")].find((one) => /mso-list:\s*Ignore/i.test(one.getAttribute("data-style")));
    const name = /^\s*\(?(?:\d+|[a-z]{1,4})[.)]/i.test(marker?.textContent ?? "") ? "ol" : "ul";
    marker?.remove();
    const before = paragraph.previousElementSibling;
    if (!lists.length || before !== lists[0]) lists = [];
    const isOther = lists[level - 1] && lists[level - 1].localName !== name;
    lists.length = Math.min(lists.length, isOther ? level - 1 : level);
    while (lists.length < level) {
      const list = document.createElement(name);
      const entry = lists.at(-1)?.lastElementChild;
      if (entry) entry.append(list);
      else if (lists.length) lists.at(-1).append(list);
      else paragraph.before(list);
      lists.push(list);
    }
    const entry = document.createElement("li");
    entry.append(...paragraph.childNodes);
    lists.at(-1).append(entry);
    paragraph.remove();
  }
}
