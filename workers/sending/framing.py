"""A message as SMTP carries it: the lines of its envelope, and its text with or without stuffed dots."""

from workers.sending.message import Message

END = b".\r\n"


def mail(message: Message, *, says_size: bool) -> bytes:
    """RFC 1870 counts the text as it is, before dots are stuffed."""
    size = f" SIZE={len(message.content)}" if says_size else ""
    utf8 = " SMTPUTF8" if message.needs_smtputf8 else ""
    return f"MAIL FROM:<{message.return_path}>{size}{utf8}\r\n".encode()


def rcpt(message: Message) -> bytes:
    return f"RCPT TO:<{message.recipient}>\r\n".encode()


def ended(content: bytes) -> bytes:
    """Its last line has an end."""
    return content if content.endswith(b"\r\n") else content + b"\r\n"


def stuffed(message: Message) -> bytes:
    """RFC 5321 §4.5.2, without the final dot."""
    text = ended(message.content)
    if message.has_no_dots:
        return text
    text = text.replace(b"\r\n.", b"\r\n..")
    return b"." + text if text.startswith(b".") else text
