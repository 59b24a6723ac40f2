"""One or more examples of every email there is, in any language, with every branch of its words taken once."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from email_templates.catalogue import (
    ActReceipt,
    Alert,
    AlreadyDone,
    Confirmation,
    DidTheyAnswer,
    Email,
    ErasureDone,
    FreshLink,
    ItemKind,
    LeftToDo,
    LetterCancelled,
    LetterCopy,
    LetterHandedOver,
    Letterhead,
    LetterHeld,
    LetterReceipt,
    LetterReturned,
    LetterToTarget,
    NewPassword,
    Newsletter,
    PageLink,
    RelayTest,
    ReturnReason,
    SecurityNotice,
    SentLetter,
    StaffInvitation,
    Update,
    WaitingItem,
    Welcome,
)
from email_templates.content import Block, Picture

MOMENT = datetime(2014, 7, 22, 15, 4, tzinfo=UTC)
SITE = "https://act.open-door.test"
LETTERHEAD = Letterhead(
    name="Open Door",
    postal_address=("Open Door Human Rights", "12 Harbour Street", "10115 Berlin", "Germany"),
    contact_address="hello@open-door.test",
    base_url=SITE,
)
PAGE = f"{SITE}/a/free-the-six"
# As long as a signed link is.
TOKEN = "ImV4YW1wbGUtdG9rZW4taWQi.aNQz8w.7vXb0s0kZ3m1y2d4c5B6a7F8e9G0"
TARGET = "His Excellency Mr. Hem Heng"
TITLE = {
    "en": "Free the six teachers of Port Amber",
    "ar": "الحرية لمعلمي بورت أمبر الستة",
    "km": "សូមដោះលែងគ្រូបង្រៀនទាំងប្រាំមួយនាក់",
}
LIST_NAME = {"en": "Open Door news", "ar": "أخبار الباب المفتوح", "km": "ព័ត៌មាន Open Door"}
STORY = {
    "en": "On 3 March six teachers were arrested for teaching in their mother tongue. Nobody has seen a charge sheet.",
    "ar": "في 3 مارس اعتُقل ستة معلمين لأنهم علّموا بلغتهم الأم، ولم يطّلع أحد على لائحة اتهام.",
    "km": "នៅថ្ងៃទី៣ ខែមីនា គ្រូបង្រៀនប្រាំមួយនាក់ត្រូវបានចាប់ខ្លួន ដោយសារតែបង្រៀនជាភាសាកំណើតរបស់ខ្លួន។",
}
LETTER_TEXT = {
    "en": "Your Excellency,\n\nI write about six teachers. Please let them go home.\n\nYours respectfully,\n\nAda Pell",
    "ar": "صاحب السعادة،\n\nأكتب إليكم بشأن ستة معلمين. أرجو أن تدعوهم يعودون إلى بيوتهم.\n\nمع فائق الاحترام،\n\nآدا",
    "km": "សូមគោរពជូន ឯកឧត្តម\n\nខ្ញុំសូមសរសេរជូនអំពីគ្រូបង្រៀនប្រាំមួយនាក់។\n\nដោយក្តីគោរព\n\nអាដា",
}
SUBJECT = {"en": "Six teachers of Port Amber", "ar": "ستة معلمين", "km": "គ្រូបង្រៀនប្រាំមួយនាក់"}
BUTTON = {"en": "Write to the minister", "ar": "اكتب إلى الوزير", "km": "សរសេរទៅរដ្ឋមន្ត្រី"}
WHY = {
    "en": "You get this because you joined Open Door news.",
    "ar": "تصلك هذه الرسالة لأنك انضممت إلى أخبار الباب المفتوح.",
    "km": "អ្នកទទួលបានអ៊ីមែលនេះ ព្រោះអ្នកបានចូលរួមក្នុងបញ្ជីរបស់យើង។",
}
PICTURES = {"harbour": Picture(url=f"{SITE}/media/harbour.jpg", width=1200, height=675)}
REASONS: tuple[ReturnReason, ...] = ("no_such_mailbox", "mailbox_full", "refused", "unreachable", "unknown")
KINDS: tuple[ItemKind, ...] = ("signup", "signature", "letter")


def blocks_in(language: str) -> tuple[Block, ...]:
    """Every type of block once."""
    story = STORY[language]
    return (
        {
            "type": "text",
            "html": f'<p>{story}</p><p>{story} <a href="https://example.org/report?a=1&amp;b=2">PDF</a></p>',
        },
        {"type": "picture", "media": "harbour", "alt": story, "caption": TITLE[language], "credit": "R. Dahl"},
        {"type": "heading", "text": TITLE[language], "level": 2},
        {
            "type": "text",
            "html": f"<p>{story}</p><ul><li>{SUBJECT[language]}</li></ul><blockquote>{story}</blockquote>",
        },
        {"type": "quotation", "text": story, "source": "Open Door"},
        {"type": "list", "ordered": False, "items": [TITLE[language], SUBJECT[language]]},
        {"type": "heading", "text": SUBJECT[language], "level": 3},
        {"type": "question", "text": TITLE[language], "link_text": SUBJECT[language], "url": f"{SITE}/say"},
        {"type": "video", "title": SUBJECT[language], "url": "https://video.example.org/1"},
        {"type": "divider"},
        {"type": "button", "text": SUBJECT[language], "url": "https://give.example.org/"},
        {"type": "list", "ordered": True, "items": [TITLE[language], SUBJECT[language]]},
    )


def item(kind: ItemKind, language: str) -> WaitingItem:
    title = LIST_NAME[language] if kind == "signup" else TITLE[language]
    return WaitingItem(kind=kind, title=title, target=TARGET if kind == "letter" else None)


def letter_copy(language: str) -> LetterCopy:
    return LetterCopy(subject=SUBJECT[language], text=LETTER_TEXT[language], language=language)


def confirmation(language: str, *kinds: ItemKind, reminder: bool = False) -> Confirmation:
    return Confirmation(
        letterhead=LETTERHEAD,
        language=language,
        items=tuple(item(kind, language) for kind in kinds),
        link=f"{SITE}/c/{TOKEN}",
        requested_at=MOMENT,
        valid_days=7,
        reminder=reminder,
    )


def welcome(language: str) -> Welcome:
    return Welcome(
        letterhead=LETTERHEAD,
        language=language,
        list_name=LIST_NAME[language],
        open_pages=(PageLink(title=TITLE[language], url=PAGE), PageLink(title=SUBJECT[language], url=f"{PAGE}-2")),
        preferences_url=f"{SITE}/p/{TOKEN}",
        unsubscribe_url=f"{SITE}/u/{TOKEN}",
    )


def letter_to_target(language: str, *, address: tuple[str, ...] = ("1 Mill Lane", "Leeds LS1 1AA")) -> LetterToTarget:
    salutation, body, close, name = LETTER_TEXT[language].split("\n\n")
    return LetterToTarget(
        letterhead=LETTERHEAD,
        language=language,
        subject=SUBJECT[language],
        salutation=salutation,
        body=body,
        close=close,
        writer_name=name,
        writer_address=address,
        abuse_address="abuse@open-door.test",
    )


def letter_receipt(language: str) -> LetterReceipt:
    return LetterReceipt(
        letterhead=LETTERHEAD,
        language=language,
        title=TITLE[language],
        target=TARGET,
        sent_at=MOMENT,
        letter=letter_copy(language),
        page_url=PAGE,
    )


def letter_handed_over(language: str, number: int = 12_408) -> LetterHandedOver:
    return LetterHandedOver(
        letterhead=LETTERHEAD,
        language=language,
        title=TITLE[language],
        target=TARGET,
        handed_over_on=MOMENT.date(),
        place="the embassy in Geneva",
        number=number,
        letter=letter_copy(language),
        page_url=PAGE,
    )


def letter_returned(language: str, reason: ReturnReason, *, post_url: str | None = None) -> LetterReturned:
    return LetterReturned(
        letterhead=LETTERHEAD,
        language=language,
        title=TITLE[language],
        target=TARGET,
        reason=reason,
        letter=letter_copy(language),
        page_url=PAGE,
        post_url=post_url,
    )


def act_receipt(language: str, *, letter: bool) -> ActReceipt:
    return ActReceipt(
        letterhead=LETTERHEAD,
        language=language,
        kind="letter" if letter else "signature",
        title=TITLE[language],
        target=TARGET if letter else None,
        acted_at=MOMENT,
        undo_url=f"{SITE}/t/{TOKEN}/undo",
        undo_minutes=15 if letter else None,
        page_url=PAGE,
    )


def already_done(language: str, kind: ItemKind) -> AlreadyDone:
    left = tuple(
        LeftToDo(kind=each, title=item(each, language).title, url=f"{PAGE}#{each}", target=item(each, language).target)
        for each in KINDS
    )
    return AlreadyDone(
        letterhead=LETTERHEAD,
        language=language,
        item=item(kind, language),
        page_url=PAGE,
        targets=(TARGET, "Minister Example") if kind == "letter" else (),
        left_to_do=left,
    )


def alert(language: str, **changes: object) -> Alert:
    values: dict[str, object] = {
        "letterhead": LETTERHEAD,
        "language": language,
        "subject": TITLE[language],
        "preheader": SUBJECT[language],
        "blocks": blocks_in(language),
        "pictures": PICTURES,
        "why_you_get_this": WHY[language],
        "browser_url": f"{SITE}/archive/1",
        "page_title": TITLE[language],
        "page_url": PAGE,
        "button_text": BUTTON[language],
        "count_sentence": {"en": "12,408 have written.", "ar": "كتب 12,408 شخص.", "km": "១២.៤០៨ នាក់បានសរសេរ។"}[
            language
        ],
    }
    return Alert(**(values | changes))  # type: ignore[arg-type]  # a test says what it changes


def update(language: str, **changes: object) -> Update:
    values: dict[str, object] = {
        "letterhead": LETTERHEAD,
        "language": language,
        "subject": TITLE[language],
        "preheader": SUBJECT[language],
        "blocks": blocks_in(language)[:2],
        "pictures": PICTURES,
        "why_you_get_this": WHY[language],
        "page_title": TITLE[language],
        "page_url": PAGE,
        "headline": {"en": "Four of the six are home", "ar": "عاد أربعة إلى بيوتهم", "km": "បួននាក់បានត្រឡប់ទៅផ្ទះវិញ"}[
            language
        ],
        "updated_on": date(2026, 11, 23),
        "button_text": BUTTON[language],
    }
    return Update(**(values | changes))  # type: ignore[arg-type]  # a test says what it changes


def newsletter(language: str, **changes: object) -> Newsletter:
    values: dict[str, object] = {
        "letterhead": LETTERHEAD,
        "language": language,
        "subject": TITLE[language],
        "preheader": SUBJECT[language],
        "blocks": blocks_in(language),
        "pictures": PICTURES,
        "why_you_get_this": WHY[language],
    }
    return Newsletter(**(values | changes))  # type: ignore[arg-type]  # a test says what it changes


def did_they_answer(language: str, *, again: bool = False) -> DidTheyAnswer:
    return DidTheyAnswer(
        letterhead=LETTERHEAD,
        language=language,
        title=TITLE[language],
        letters=(
            SentLetter(target=TARGET, sent_at=MOMENT),
            SentLetter(target="Ms. Oda Merrin", sent_at=MOMENT, on_paper=True),
        ),
        link=f"{SITE}/answer/{TOKEN}",
        valid_days=60,
        page_url=PAGE,
        again=again,
    )


def every_email(language: str) -> Iterator[Email]:
    for kind in KINDS:
        yield confirmation(language, kind)
        yield already_done(language, kind)
    yield confirmation(language, *KINDS)
    yield confirmation(language, *KINDS, reminder=True)
    yield welcome(language)
    yield letter_to_target(language)
    yield letter_receipt(language)
    yield letter_handed_over(language)
    yield letter_handed_over(language, number=1)
    for reason in REASONS:
        yield letter_returned(language, reason)
    yield letter_returned(language, "unknown", post_url=f"{PAGE}/post")
    yield LetterHeld(
        letterhead=LETTERHEAD,
        language=language,
        title=TITLE[language],
        target=TARGET,
        headline=STORY[language],
        link=f"{SITE}/c/{TOKEN}",
        valid_days=7,
    )
    yield LetterCancelled(
        letterhead=LETTERHEAD, language=language, title=TITLE[language], target=TARGET, outcome_url=PAGE
    )
    yield did_they_answer(language)
    yield did_they_answer(language, again=True)
    yield act_receipt(language, letter=True)
    yield act_receipt(language, letter=False)
    yield FreshLink(
        letterhead=LETTERHEAD, language=language, link=f"{SITE}/p/{TOKEN}", requested_at=MOMENT, valid_hours=24
    )
    yield RelayTest(letterhead=LETTERHEAD, language=language, requested_at=MOMENT)
    yield StaffInvitation(letterhead=LETTERHEAD, language=language, link=f"{SITE}/desk/join/{TOKEN}", valid_days=3)
    yield NewPassword(
        letterhead=LETTERHEAD,
        language=language,
        link=f"{SITE}/desk/new-password/{TOKEN}",
        requested_at=MOMENT,
        valid_hours=1,
    )
    yield SecurityNotice(letterhead=LETTERHEAD, language=language, change="roles", changed_at=MOMENT)
    for change in ("password", "second_factor", "second_factor_off", "recovery_codes", "roles"):
        yield SecurityNotice(
            letterhead=LETTERHEAD, language=language, change=change, changed_at=MOMENT, roles=("editor", "admin")
        )
    yield ErasureDone(
        letterhead=LETTERHEAD, language=language, erased_at=MOMENT, delivered_to=(TARGET,), backup_days=30
    )
    yield alert(language)
    yield update(language)
    yield newsletter(language)
