from typing import Any

from numpy.typing import NDArray

def sums(X: NDArray[Any], Y: NDArray[Any], w: NDArray[Any], b: Any, dw: NDArray[Any]) -> tuple[float, float]: ...
