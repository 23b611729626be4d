"""The palette of a collection: the ab points that its colours gather around, and how often each is met."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from colorizer_core.errors import PaletteError
from colorizer_core.histogram import Counts, points_of
from colorizer_core.palette import Points, inside, nearest, shadow
from colorizer_core.requirement import pip_install

_DECIMALS = 2
"""Of a centre, CIE units: more would only be the order in which a machine adds up."""
_WITHIN = 0.02
"""How far inside the hull every centre is, so that rounding does not put it out."""
_TURNS = 300


def kmeans(counts: Counts, k: int, seed: int = 0) -> Points:
    """The k centres that the counted colours gather around (Lloyd's k-means, weighted by the counts; from k-means++).

    The same counts, k and seed give the same centres.

    Returns:
        (k, 2) float64, CIE a and b to two decimals, by a, then b; all in the hull of the sRGB gamut's ab shadow.

    Raises:
        PaletteError: there are fewer colours than k, or scikit-learn is not installed.
    """
    try:
        from sklearn.cluster import KMeans
        from threadpoolctl import threadpool_limits
    except ImportError as error:
        raise PaletteError(
            f"k-means needs scikit-learn: {pip_install('scikit-learn')}; --method grid does not"
        ) from error
    bins = np.flatnonzero(counts)
    if len(bins) < k:
        raise PaletteError(
            f"the photographs have {len(bins):,} colours one unit apart, and {k:,} centres were asked for"
        )
    found = KMeans(k, n_init=1, max_iter=_TURNS, random_state=seed)
    with threadpool_limits(1):  # sums are added up in another order by more threads
        found.fit(points_of(bins), sample_weight=counts.reshape(-1)[bins].astype(np.float64))
    centres = np.round(into_hull(found.cluster_centers_), _DECIMALS)
    ordered: Points = centres[np.lexsort((centres[:, 1], centres[:, 0]))]
    return ordered


def prior(counts: Counts, points: Points) -> npt.NDArray[np.float64]:
    """The share of the counted pixels that is nearest to each point: (k,) float64, 1 in sum, or 0 where nothing was counted.

    Args:
        counts: pixels by a and b.
        points: (k, 2), CIE a and b.
    """
    bins = np.flatnonzero(counts)
    of_point = nearest(points_of(bins), points)
    pixels = np.bincount(of_point, counts.reshape(-1)[bins].astype(np.float64), len(points))
    shares: npt.NDArray[np.float64] = pixels / max(1.0, pixels.sum())
    return shares


def into_hull(points: Points) -> Points:
    """(n, 2) → (n, 2): each that is not well inside the sRGB gamut's ab shadow moved to the nearest place that is."""
    hull = shadow()
    middle = hull.mean(axis=0)
    smaller = middle + (hull - middle) * (1 - _WITHIN / np.hypot(*(hull - middle).T).min())
    out = ~inside(smaller, points)
    if not out.any():
        return points
    moved: Points = points.copy()
    moved[out] = _nearest_on(smaller, points[out])
    return moved


def _nearest_on(polygon: Points, points: Points) -> Points:
    """The nearest place to each point on the edges of a polygon."""
    edges = np.roll(polygon, -1, axis=0) - polygon
    away = points[:, None, :] - polygon[None, :, :]
    along = np.clip((away * edges).sum(axis=2) / np.maximum((edges**2).sum(axis=1), 1e-12), 0, 1)
    places = polygon[None, :, :] + along[:, :, None] * edges[None, :, :]
    best = np.argmin(((points[:, None, :] - places) ** 2).sum(axis=2), axis=1)
    found: Points = places[np.arange(len(points)), best]
    return found
