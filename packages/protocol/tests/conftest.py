"""How hard hypothesis tries, whatever the machine."""

from hypothesis import settings

settings.register_profile("repo", deadline=None, max_examples=60)
settings.load_profile("repo")
