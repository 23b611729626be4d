"""OpenCV's own threads, of which a process has one number."""

from __future__ import annotations

import cv2


def one_thread() -> None:
    """Pixels are computed by the thread that asks for them; else each process of a machine would use all its cores.

    OpenCV ignores OMP_NUM_THREADS. An `OpenCVEngine` that several threads share sets another number.
    """
    cv2.setNumThreads(1)
