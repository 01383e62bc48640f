"""Paints an entry of the session list: name and details in two lines, or the heading of a day."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from tek_desktop.widgets.layout_metrics import GAP, ROUND, mixed
from tek_desktop.widgets.small import small

DETAIL = Qt.ItemDataRole.UserRole + 1
"""The role of an item's second line."""

_TINTS = (
    (QStyle.StateFlag.State_Selected, QPalette.ColorRole.Highlight, 0.3),
    (QStyle.StateFlag.State_MouseOver, QPalette.ColorRole.Text, 0.08),
)
_Index = QModelIndex | QPersistentModelIndex


class SessionDelegate(QStyledItemDelegate):
    """Paints an item's text and its `DETAIL` below; an item without `DETAIL` is a heading."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: N802 - Qt's name
        lines = 1 if index.data(DETAIL) is None else 2
        return QSize(0, lines * option.fontMetrics.lineSpacing() + 2 * GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        painter.save()
        if index.data(DETAIL) is None:
            _paint_heading(painter, option, str(index.data()))
            painter.restore()
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _paint_background(painter, option)
        lines = option.rect.adjusted(GAP, GAP, -GAP, -GAP)
        name, detail = QRect(lines), QRect(lines)
        name.setBottom(lines.center().y())
        detail.setTop(lines.center().y() + 1)
        _paint_line(painter, option, name, str(index.data()), QPalette.ColorRole.Text)
        faint = QPalette.ColorRole.PlaceholderText
        _paint_line(painter, option, detail, str(index.data(DETAIL)), faint)
        painter.restore()


def _paint_heading(painter: QPainter, option: QStyleOptionViewItem, text: str) -> None:
    place = option.rect.adjusted(GAP, GAP, -GAP, 0)
    painter.setFont(small(QFont(option.font)))
    _paint_line(painter, option, place, text, QPalette.ColorRole.PlaceholderText)


def _paint_background(painter: QPainter, option: QStyleOptionViewItem) -> None:
    """Tint the item that is selected or under the pointer, and frame it if it has the focus."""
    for state, role, share in _TINTS:
        if option.state & state:
            focus = bool(option.state & QStyle.StateFlag.State_HasFocus)
            frame = option.palette.color(QPalette.ColorRole.Highlight)
            painter.setPen(frame if focus else Qt.PenStyle.NoPen)
            painter.setBrush(mixed(option.palette, role, share))
            painter.drawRoundedRect(option.rect.adjusted(1, 1, -1, -1), ROUND, ROUND)
            return


def _paint_line(
    painter: QPainter,
    option: QStyleOptionViewItem,
    place: QRect,
    text: str,
    role: QPalette.ColorRole,
) -> None:
    short = option.fontMetrics.elidedText(text, Qt.TextElideMode.ElideRight, place.width())
    painter.setPen(option.palette.color(role))
    painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, short)
