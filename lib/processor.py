"""The processor's features that numerical libraries may use: the same on every x86-64 machine.

Sums of floating-point numbers depend on their order, and libraries choose the order by the
processor's vector instructions. Training amplifies differences in the last digit until other
classes are predicted. So every process that computes a result is limited to AVX2 and one thread.
"""

import os
from collections.abc import MutableMapping

ENVIRONMENT = {
    "ATEN_CPU_CAPABILITY": "avx2",  # torch's own kernels
    "ONEDNN_MAX_CPU_ISA": "AVX2",  # convolutions and recurrent networks
    "MKL_CBWR": "COMPATIBLE",  # matrix products; the one value that holds for every maker
    "OPENBLAS_CORETYPE": "Haswell",  # matrix products of numpy and scipy
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
"""Variables that libraries read when they are loaded."""


def pin(environment: MutableMapping[str, str] = os.environ) -> None:
    """Set `ENVIRONMENT`; it counts for libraries that are loaded afterwards."""
    environment.update(ENVIRONMENT)


def unpinned() -> list[str]:
    """Names of `ENVIRONMENT` that have another value in this process, or none."""
    return [name for name, value in ENVIRONMENT.items() if os.environ.get(name) != value]
