import hashlib
from collections import Counter
from io import BytesIO

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import func, select, update

from actions.actors import VISITOR, WORKER
from actions.extensions import db
from actions.letters import binding, handing_over
from actions.letters.models import Bundle, BundlePart, BundleState, Letter, LetterEvent, LetterState, NameShown
from actions.letters.operations import undo
from actions.letters.wording import LetterWords
from actions.pages.models import Page
from actions.targets.models import Target
from tests.factories.bundles import bound, file_of, made_of, page_with_bundles, write
from tests.factories.letters import WORDS

HOSTILE = "#panic() *x* _y_ $1$ \\ <a> @b (5 0 R) [c] `d` // e %PDF"
LONG = LetterWords(WORDS.subject, WORDS.salutation, "\n\n".join(["One of many sentences. " * 20] * 8), WORDS.close)
CHINESE = LetterWords("释放她", "阁下", "请释放她。", "此致")
To = tuple[Page, Target]


@pytest.fixture
def to(app: Flask) -> To:
    return page_with_bundles()


def texts(bundle: Bundle) -> list[str]:
    """Of each page; the file must be right in every detail."""
    return [page.extract_text() for page in PdfReader(BytesIO(file_of(bundle)), strict=True).pages]


def letters_in(bundle: Bundle) -> list[str]:
    """The names under the letters, in their order."""
    return [line.split()[0] for page in texts(bundle)[2:] for line in page.splitlines() if line.endswith(" Lee")]


def states() -> Counter[LetterState]:
    return Counter(db.session.scalars(select(Letter.state)))


@pytest.mark.requirement("L-10")
def test_cover_contents_and_one_letter_a_page_with_its_number(to: To) -> None:
    write(*to, "Ann Bo")
    write(*to, "Cy", name_shown=NameShown.INITIALS)
    write(*to, "Di", name_shown=NameShown.ORGANISATION, words=LONG)
    write(*to, "Ed")
    bundle = bound(*to)
    assert (bundle.state, bundle.number, bundle.done, states()) == (BundleState.MADE, 5, 5, {LetterState.RELEASED: 5})
    cover, contents, *letters = texts(bundle)
    assert cover.splitlines()[:3] == ["Open Door Fund", "Letters to Ambassador Example", "Free her"]
    assert {"5", "3 under the full name", "1 under initials", "1 without a name", "Germany: 5"} <= set(
        cover.split("\n")
    )
    assert "1 Ann Lee 1\n2 Bo Lee 2\n3 C. L. 3\n4 A supporter of Open Door Fund 4\n5 Ed Lee 6" in contents
    assert len(letters) == bundle.pages == 6
    assert [page.splitlines()[-1] for page in letters] == ["1", "2", "3", "4", "5", "6"]
    assert [page.splitlines()[0] for page in letters if "Example" in page] == ["1", "2", "3", "4", "5"]
    assert ["@example.org" in page for page in letters] == [True, True, False, False, False, True]
    assert (bundle.digest, bundle.size) == (hashlib.sha256(file_of(bundle)).hexdigest(), len(file_of(bundle)))


def test_batches_make_one_file_whose_pages_run_through(to: To, monkeypatch: pytest.MonkeyPatch) -> None:
    write(*to, "Ann Bo Cy Di Ed")
    monkeypatch.setattr(binding, "BATCH", 2)
    monkeypatch.setattr(binding, "ENTRIES", 3)
    bundle = bound(*to)
    pages = texts(bundle)
    assert "3 Cy Lee 3" in pages[1]
    assert "4 Di Lee 4\n5 Ed Lee 5" in pages[2]
    assert [page.splitlines()[-1] for page in pages[1:]] == ["ii", "iii", "1", "2", "3", "4", "5"]


@pytest.mark.requirement("L-10")
def test_a_worker_killed_at_any_step_loses_no_letter_and_sets_none_twice(
    to: To, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction that is not committed is what `kill -9` leaves."""
    write(*to, "Ann Bo Cy Di Ed")
    monkeypatch.setattr(binding, "BATCH", 2)
    bundle = handing_over.begin(*to, by=VISITOR)
    db.session.commit()
    more = True
    while more:
        binding.step(bundle.id, by=WORKER)
        db.session.rollback()
        more = binding.step(bundle.id, by=WORKER)
        db.session.commit()
    assert letters_in(bundle) == ["Ann", "Bo", "Cy", "Di", "Ed"]
    released = select(func.count()).select_from(LetterEvent).where(LetterEvent.after == LetterState.RELEASED)
    assert (db.session.scalar(released), states()) == (5, {LetterState.RELEASED: 5})
    assert binding.under_way() == []
    assert not binding.step(bundle.id, by=WORKER)


def test_what_people_typed_is_text(to: To) -> None:
    write(*to, "Ann", first_name=HOSTILE, words=LetterWords(HOSTILE, HOSTILE, f"{HOSTILE}\n\n#let x = 1", HOSTILE))
    pages = texts(bound(*to))
    for text in pages[1:]:
        assert "#panic() *x* _y_ $1$ \\ <a> @b (5 0 R) [c] `d` // e %PDF" in " ".join(text.split())
    assert "#let x = 1" in pages[2]


def test_a_picture_is_a_mark_and_a_script_without_a_font_waits_on(to: To) -> None:
    write(*to, "Ann", words=LetterWords("Hope 🕊🌍", WORDS.salutation, "Please 🙏", WORDS.close))
    write(*to, "Bo", words=CHINESE)
    write(*to, "Cy")
    bundle = bound(*to)
    assert (bundle.number, bundle.left_out, letters_in(bundle)) == (2, 1, ["Ann", "Cy"])
    assert "Please […]" in texts(bundle)[2]
    assert states() == {LetterState.RELEASED: 2, LetterState.READY: 1}


def test_a_bundle_of_nothing_but_such_letters_comes_to_nothing(to: To) -> None:
    write(*to, "Bo", words=CHINESE)
    bundle = bound(*to)
    assert (bundle.state, states()) == (BundleState.VOID, {LetterState.READY: 1})


@pytest.mark.requirement("L-06")
def test_what_is_not_as_it_was_confirmed_is_held(to: To) -> None:
    first, _ = write(*to, "Ann Bo")
    db.session.execute(update(Letter).where(Letter.id == first.id).values(country="KH"))
    db.session.commit()
    bundle = bound(*to)
    assert (letters_in(bundle), bundle.number) == (["Bo"], 1)
    assert states() == {LetterState.RELEASED: 1, LetterState.HELD: 1}


def test_who_takes_a_letter_back_is_in_no_file(to: To, monkeypatch: pytest.MonkeyPatch) -> None:
    _, second, _ = write(*to, "Ann Bo Cy")
    bundle = bound(*to)
    digest = bundle.digest
    assert undo(second, by=WORKER)
    db.session.commit()
    assert (bundle.state, bundle.version, bundle.digest) == (BundleState.MAKING, 2, None)
    assert db.session.scalar(select(func.count()).select_from(BundlePart)) == 0
    made_of(bundle)
    assert (letters_in(bundle), bundle.number, bundle.digest == digest) == (["Ann", "Cy"], 2, False)


def test_what_the_press_said_when_it_failed_is_not_kept(to: To, monkeypatch: pytest.MonkeyPatch) -> None:
    write(*to, "Ann")
    monkeypatch.setattr(binding, "PRESS", "no.such.module")
    with pytest.raises(binding.PressFailed, match=r"^exit 1$"):
        bound(*to)
    db.session.rollback()
    assert len(binding.under_way()) == 1


def test_a_turn_ends_and_says_that_there_is_more(to: To, monkeypatch: pytest.MonkeyPatch) -> None:
    write(*to, "Ann")
    bundle = handing_over.begin(*to, by=VISITOR)
    db.session.commit()
    with monkeypatch.context() as patch:
        patch.setattr(binding, "TURN_SECONDS", 0.0)
        assert binding.run(bundle.id, by=WORKER)
    assert not binding.run(bundle.id, by=WORKER)
    assert db.session.get_one(Bundle, bundle.id).state is BundleState.MADE
