"""A form with a file, as the octets of its body."""

import io
from collections.abc import Mapping

BOUNDARY = "a-boundary-of-ours"


class Counted(io.BytesIO):
    """Knows how much of it was read."""

    @property
    def read_of_it(self) -> int:
        return self.tell()


def multipart(fields: Mapping[str, str], data: bytes, *, is_whole: bool = True) -> tuple[Counted, str]:
    """(the body, its content type); the file comes last, and one that is not whole ends in its middle."""
    head, foot = around(fields)
    return Counted(head + data + (foot if is_whole else b"")), f"multipart/form-data; boundary={BOUNDARY}"


def around(fields: Mapping[str, str]) -> tuple[bytes, bytes]:
    """What stands before the file, and after it."""
    head = "".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    file = 'Content-Disposition: form-data; name="file"; filename="people.csv"\r\nContent-Type: text/csv\r\n\r\n'
    return f"{head}--{BOUNDARY}\r\n{file}".encode(), f"\r\n--{BOUNDARY}--\r\n".encode()
