"""Type per script, as CSS values. A mail brings no fonts (B-38), so it names those that readers' systems have."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Faces:
    display: str
    text: str
    size: str
    line: str
    tight: str
    quoted: str
    button: str
    phone_title: str


LATIN = Faces(
    display="font-family: 'Iowan Old Style', Charter, Georgia, 'Times New Roman', serif;",
    text="font-family: -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif;",
    size="17px",
    line="1.6",
    tight="1.2",
    quoted="1.4",
    button="20px",
    phone_title="26px",
)

# Khmer stacks vowels above and below its letters; Naskh is small on its body. Both want more room.
FACES: Mapping[str, Faces] = MappingProxyType(
    {
        "ar": Faces(
            display="font-family: 'Noto Naskh Arabic', 'Geeza Pro', 'Times New Roman', serif;",
            text="font-family: 'Noto Naskh Arabic', 'Geeza Pro', 'Segoe UI', Tahoma, Arial, sans-serif;",
            size="18px",
            line="1.9",
            tight="1.5",
            quoted="1.7",
            button="28px",
            phone_title="26px",
        ),
        "km": Faces(
            display="font-family: 'Noto Serif Khmer', 'Khmer OS Muol Light', 'Khmer MN', 'Khmer UI', serif;",
            text="font-family: 'Noto Sans Khmer', 'Khmer OS', 'Khmer Sangam MN', 'Leelawadee UI', sans-serif;",
            size="17px",
            line="1.9",
            tight="1.6",
            quoted="1.7",
            button="30px",
            phone_title="23px",
        ),
    },
)
