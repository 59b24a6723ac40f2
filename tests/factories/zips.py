import hashlib
import hmac
import struct
import zlib
from io import BytesIO
from zipfile import ZipFile

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB


def unzipped(archive: bytes, phrase: str) -> tuple[str, bytes]:
    """By the specification of WinZip's AE-2, apart from the library that wrote it. Raises AssertionError."""
    (entry,) = ZipFile(BytesIO(archive)).infolist()
    names, extra = struct.unpack("<HH", archive[entry.header_offset + 26 : entry.header_offset + 30])
    start = entry.header_offset + 30 + names + extra
    data = archive[start : start + entry.compress_size]
    salt, said, sealed, code = data[:16], data[16:18], data[18:-10], data[-10:]
    keys = hashlib.pbkdf2_hmac("sha1", phrase.encode(), salt, 1000, 66)
    assert keys[64:] == said
    assert hmac.digest(keys[32:64], sealed, "sha1")[:10] == code
    block = Cipher(AES(keys[:32]), ECB()).encryptor()  # noqa: S305  # a counter's blocks, as the specification has them
    stream = b"".join(block.update(number.to_bytes(16, "little")) for number in range(1, len(sealed) // 16 + 2))
    return entry.filename, zlib.decompress(bytes(a ^ b for a, b in zip(sealed, stream, strict=False)), -15)
