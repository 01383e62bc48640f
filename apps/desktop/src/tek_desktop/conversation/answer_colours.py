"""The colours of an answer's prose and code, taken from the window's palette."""

from dataclasses import dataclass

from PySide6.QtGui import QPalette

from tek_desktop.widgets.layout_metrics import mixed


@dataclass(frozen=True, slots=True)
class AnswerColours:
    """Colours of prose and code as CSS values, `#rrggbb`."""

    link: str
    faint: str
    behind_code: str
    is_dark: bool

    @property
    def style_sheet(self) -> str:
        """The style sheet of a `QTextDocument`, in the subset of CSS that Qt supports."""
        mono = f"font-family: monospace; background-color: {self.behind_code};"
        return (
            "p, li, td, th { line-height: 125%; } p { margin: 0 0 8px 0; }"
            "h1 { font-size: large; } h2 { font-size: large; } h3 { font-size: medium; }"
            f"a {{ color: {self.link}; }} blockquote {{ color: {self.faint}; }}"
            f"code {{ {mono} }} pre {{ {mono} }} th {{ text-align: left; }}"
        )


def answer_colours(palette: QPalette) -> AnswerColours:
    """Return the colours that `palette` gives an answer."""
    return AnswerColours(
        link=palette.color(QPalette.ColorRole.Link).name(),
        faint=palette.color(QPalette.ColorRole.PlaceholderText).name(),
        behind_code=mixed(palette, QPalette.ColorRole.Text, 0.08).name(),
        is_dark=palette.color(QPalette.ColorRole.Base).lightnessF() < 0.5,  # noqa: PLR2004 - half
    )
