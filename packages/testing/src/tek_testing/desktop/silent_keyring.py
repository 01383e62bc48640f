"""A keyring that never answers, for a process of its own."""

import threading

from keyring.backend import KeyringBackend


class Keyring(KeyringBackend):
    """Waits for ever, whatever it is asked."""

    priority = 1  # pyright: ignore[reportAssignmentType] - a class property there

    def get_password(self, service: str, username: str) -> str | None:
        """Wait."""
        del service, username
        threading.Event().wait()
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        """Wait."""
        del password
        self.get_password(service, username)

    def delete_password(self, service: str, username: str) -> None:
        """Wait."""
        self.get_password(service, username)
