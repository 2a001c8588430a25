// Decompositions of dense matrices, row-major: Eigen behind one file. One thread, the same bits
// every time. Not for the graph: values only.
#pragma once

#include <cstdint>

namespace attune::internal {

// m x n, m >= n: the orthonormal factor Q of A = QR replaces a; signs such that R's diagonal is not
// negative. Householder. Error (shape) when m < n.
void orthonormal_factor(std::int64_t m, std::int64_t n, double* a);

}  // namespace attune::internal
