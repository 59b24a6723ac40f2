"""Forms with a large file: read up to the file, which is left on the wire for whoever asks for it."""

import io
from collections.abc import Iterator
from typing import IO, Any

from flask import request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

# A browser shows an answer only once its upload has been read; what is larger than this is cut off.
MOST_READ = 300 * 1024 * 1024
PIECE = 64 * 1024
# A slow sender's first fields are here long before so much of the file is.
FIRST_PIECE = 4 * 1024


class BrokenOff(Exception):
    """The file did not arrive whole."""


class FileLeftUnread(FormDataParser):
    """Werkzeug would spool the file to a disk, in clear, before anybody has looked who sends it. Here the fields before
    it are read, so that the token of the form can be checked first; `files` holds a stream of what is still to come.
    Whatever follows the file is not read.
    """

    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str] | None = None
    ) -> tuple[IO[bytes], Any, Any]:
        boundary = (options or {}).get("boundary", "").encode()
        if mimetype != "multipart/form-data" or not boundary:
            return super().parse(stream, mimetype, content_length, options)
        fields: list[tuple[str, str]] = []
        files: list[tuple[str, FileStorage]] = []
        decoder = MultipartDecoder(
            boundary, max_form_memory_size=self.max_form_memory_size, max_parts=self.max_form_parts
        )
        try:
            self._read_fields(_events(decoder, stream), fields, files)
        except ValueError:
            # No form: its fields are then missing, which is what whoever asks for them answers to.
            fields, files = [], []
        return stream, self.cls(fields), self.cls(files)

    def _read_fields(
        self, events: Iterator[Event], fields: list[tuple[str, str]], files: list[tuple[str, FileStorage]]
    ) -> None:
        name, value = "", b""
        for event in events:
            if isinstance(event, File):
                rest = io.BufferedReader(_Rest(events), PIECE)
                files.append((event.name, FileStorage(rest, event.filename, event.name, headers=event.headers)))
                return
            if isinstance(event, Field):
                name, value = event.name, b""
            if isinstance(event, Data):
                value += event.data
                if self.max_form_memory_size is not None and len(value) > self.max_form_memory_size:
                    raise RequestEntityTooLarge
                if not event.more_data:
                    fields.append((name, value.decode(errors="replace")))


def read_to_the_end() -> None:
    """So that the answer is seen; nothing is kept of what is read."""
    stream, read = request.input_stream, 0
    length = min(request.content_length or 0, MOST_READ)
    while read < length and (piece := stream.read(min(PIECE, length - read))):
        read += len(piece)


class _Rest(io.RawIOBase):
    """The file's octets out of the events that carry them. Raises BrokenOff, and RequestEntityTooLarge."""

    def __init__(self, events: Iterator[Event]) -> None:
        self._events = events
        self._left = memoryview(b"")
        self._is_over = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  # the type of a buffer has no name before Python 3.12
        while not self._left and not self._is_over:
            self._next()
        size = min(len(buffer), len(self._left))
        buffer[:size], self._left = self._left[:size], self._left[size:]
        return size

    def _next(self) -> None:
        try:
            event = next(self._events)
        except (ValueError, ClientDisconnected) as error:
            raise BrokenOff from error
        if isinstance(event, Data):
            self._left, self._is_over = memoryview(event.data), not event.more_data


def _events(decoder: MultipartDecoder, stream: IO[bytes]) -> Iterator[Event]:
    size = FIRST_PIECE
    while not isinstance(event := decoder.next_event(), Epilogue):
        if isinstance(event, NeedData):
            decoder.receive_data(stream.read(size) or None)
            continue
        size = PIECE if isinstance(event, File) else size
        yield event
