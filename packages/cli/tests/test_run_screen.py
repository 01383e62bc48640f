"""What the whole-screen chat prints once it has ended."""

from reconnect_core import NotSaved
from tek_chat import Exchange, View
from tek_chat.view.transcript import Transcript
from tek_cli.screen.run_screen import last_words

UNSENT = View(session_id="s", items=Transcript([Exchange("a", "later")]), is_saved=True)


def test_unsent_messages_are_reported_as_saved() -> None:
    first, _ = last_words(UNSENT)
    assert first == "· 1 message is saved and will be sent at the next start"


def test_a_chat_whose_journal_failed_does_not_claim_that_messages_are_saved() -> None:
    first, _ = last_words(UNSENT.after(NotSaved("disk full")))
    assert first == "· 1 message is unsent and could not be saved"


def test_the_last_line_says_how_to_resume_the_session() -> None:
    assert last_words(View(session_id="76dd")) == ["· Resume: tek-cli chat -c (or -s 76dd)"]
    assert last_words(View()) == []
