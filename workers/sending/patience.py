"""How long a relay may take."""

from dataclasses import dataclass

# RFC 5321 §4.5.3.2.5 gives each piece of text its time; this is what one takes of a socket's buffer.
BLOCK = 65_536


@dataclass(frozen=True)
class Patience:
    """RFC 5321 §4.5.3.2, in seconds. The final dot has ten minutes: less than that trades copies for speed (B-61)."""

    connect: float = 30.0
    command: float = 300.0
    data: float = 120.0
    block: float = 180.0
    dot: float = 600.0
    quit: float = 2.0

    def for_text(self, octets: int) -> float:
        return self.block * (1 + octets // BLOCK)
