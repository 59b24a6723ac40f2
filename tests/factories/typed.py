"""The forms of a screen as a browser sees them: what each holds, and which of its fields one types into."""

from dataclasses import dataclass, field
from typing import Any

import lxml.html

TYPED = {"text", "email", "search", "url", "tel", None}


@dataclass
class TypedForm:
    """`held` is what would be sent now, `button` what the first with a name adds; `typed`: its text fields."""

    action: str
    held: list[tuple[str, str]] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)
    button: tuple[tuple[str, str], ...] = ()

    def sent_with(self, **values: str) -> dict[str, Any]:
        """As the test client takes it, with `values` in place of what is held."""
        data: dict[str, Any] = {}
        for name, value in (*self.held, *self.button):
            data.setdefault(name, []).append(values.get(name, value))
        return data


def forms_in(html: str, path: str) -> list[TypedForm]:
    """Those that post."""
    found = []
    for form in lxml.html.fromstring(html).iter("form"):
        if (form.get("method") or "").lower() != "post":
            continue
        made = TypedForm(form.get("action") or path)
        for one in form.iter("input", "textarea", "select"):
            _hold(made, one)
        button = next(iter(form.xpath(".//button[not(@type='button')][@name]")), None)
        if button is not None:
            made.button = ((button.get("name"), button.get("value") or ""),)
        found.append(made)
    return found


def shown_in(html: str, name: str) -> list[str]:
    """What the fields of this name hold."""
    fields = lxml.html.fromstring(html).xpath("//input[@name=$name] | //textarea[@name=$name]", name=name)
    return [_value(one) for one in fields]


def _hold(form: TypedForm, one: Any) -> None:
    name, kind = one.get("name"), one.get("type")
    is_sent = next(one.iterancestors("template"), None) is None and one.get("disabled") is None
    if not name or kind in {"file", "submit"} or not is_sent:
        return
    if one.tag == "select":
        options = one.xpath(".//option[@selected]") or one.xpath(".//option")[:1]
        form.held += [(name, option.get("value", option.text or "")) for option in options]
        return
    if kind in {"checkbox", "radio"} and one.get("checked") is None:
        return
    form.held.append((name, _value(one)))
    if one.tag == "textarea" or (one.tag == "input" and kind in TYPED):
        form.typed.append(name)


def _value(one: Any) -> str:
    if one.tag == "textarea":
        return (one.text or "").removeprefix("\n")
    return one.get("value") or ("on" if one.get("type") in {"checkbox", "radio"} else "")
