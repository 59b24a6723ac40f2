from pathlib import Path

from actions.deliveries.models import DeliveryState
from workers.sending.ledger import Verdict
from workers.sending.message import Message
from workers.sending.trace import Trace

TEXT = b"To: a@x.test\r\nMessage-ID: <x@y.test>\r\n\r\nHello\r\n"
MESSAGE = Message(7, "b@x.test", "a@x.test", TEXT, needs_smtputf8=False)


def test_it_tells_when_a_message_may_have_gone_and_when_that_is_known(tmp_path: Path) -> None:
    trace = Trace(tmp_path)
    trace.past_dot(MESSAGE)
    trace.recorded([Verdict(7, 1, DeliveryState.SENT), Verdict(8, 1, DeliveryState.DEFERRED)])
    trace.recorded([])
    trace.close()
    (log,) = tmp_path.iterdir()
    assert log.read_text() == "dot 7 <x@y.test>\nrec 7 sent\nrec 8 deferred\n"


def test_without_a_folder_nothing_is_written() -> None:
    trace = Trace(None)
    trace.past_dot(MESSAGE)
    trace.recorded([Verdict(7, 1, DeliveryState.SENT)])
    trace.close()
