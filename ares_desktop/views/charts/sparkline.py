"""A curve without axes for a table's cell."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF


def paint_sparkline(painter: QPainter, box: QRectF, values: Sequence[float], color: str) -> None:
    """Draw values as a line that fills ``box``, with a soft area below and a dot at the last one."""
    if len(values) < 2:  # noqa: PLR2004 - one point makes no line
        return
    low, high = min(values), max(values)
    step = box.width() / (len(values) - 1)
    scale = box.height() / (high - low) if high > low else 0.0
    bottom = box.bottom() if scale else box.center().y()
    line = QPolygonF([QPointF(box.left() + i * step, bottom - (v - low) * scale) for i, v in enumerate(values)])
    soft = QColor(color)
    soft.setAlpha(38)
    area = QPolygonF(line)
    area.append(box.bottomRight())
    area.append(box.bottomLeft())
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(soft)
    painter.drawPolygon(area)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(color), 1.0))
    painter.drawPolyline(line)
    painter.restore()
