"""Coordinates of the districts in ``places.py``, to 0.01 degrees: devices report no more."""

from __future__ import annotations

from simulator.world.places import REGIONS

COORDINATES = tuple(
    tuple(tuple(float(number) for number in point.split("/")) for point in line.split())
    for line in (
        "37.52/127.05 37.56/126.90 37.51/127.11 37.65/127.06 37.48/126.95 37.57/126.98",
        "37.38/127.12 37.28/127.02 37.66/126.77 37.32/127.10 36.99/127.11 37.62/126.72",
        "35.16/129.16 35.15/129.11 35.10/128.97 35.20/129.08",
        "37.41/126.68 37.51/126.72 37.47/126.62 37.55/126.68",
        "35.86/128.63 35.83/128.53 35.87/128.61",
        "35.20/128.70 35.23/128.89 35.18/128.11",
        "36.36/127.36 36.35/127.38 36.33/127.42",
        "35.15/126.89 35.17/126.91 35.14/126.79",
        "35.54/129.33 35.52/129.24",
        "36.88/127.16 36.79/127.00",
        "35.81/127.12 35.95/126.96",
        "36.04/129.37 36.12/128.34 35.86/129.22",
        "36.64/127.43 36.99/127.93",
        "34.76/127.66 34.95/127.49",
        "37.88/127.73 37.34/127.92 37.75/128.88",
        "33.50/126.53 33.25/126.56",
        "36.48/127.25 36.51/127.26",
    )
)
"""Latitude and longitude, in the order of the regions and of their districts."""


def city_rows() -> list[tuple[int, str, str, float, float]]:
    """List the districts.

    Returns
    -------
    list of tuple
        Number, region and district as in ``persons``, latitude, longitude.
    """
    rows = [
        (region[0], district, latitude, longitude)
        for region, points in zip(REGIONS, COORDINATES, strict=True)
        for district, (latitude, longitude) in zip(region[3], points, strict=True)
    ]
    return [(number, *row) for number, row in enumerate(rows)]
