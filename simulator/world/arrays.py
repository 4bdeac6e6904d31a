"""Tables as arrays: one array per column, one position per row."""

from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from simulator.draws import Integers

Booleans = NDArray[np.bool_]


@dataclass(frozen=True)
class Arrays:
    """A table whose fields are arrays of one length along their first axis."""

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(getattr(self, fields(self)[0].name))

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the columns by name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def where(self, chosen: Booleans | Integers) -> Self:
        """Return some of the rows.

        Parameters
        ----------
        chosen
            A mask of all rows, or positions.

        Returns
        -------
        Arrays
            Those, of the same kind.
        """
        return type(self)(**{name: column[chosen] for name, column in self.columns().items()})
