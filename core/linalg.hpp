// Decompositions of small dense matrices, row-major, f32 or f64: Eigen behind one file. One thread, the
// same bits every time. Not for the graph: values only.
#pragma once

#include <cstdint>

namespace attune::internal {

// m x n, m >= n: the orthonormal factor Q of A = QR replaces a; signs such that R's diagonal is not
// negative. Householder. Error (shape) when m < n.
template <class T>
void orthonormal_factor(std::int64_t m, std::int64_t n, T* a);

// Symmetric n x n (the lower triangle is read): eigenvectors replace a by columns, eigenvalues w
// descend; the entry of largest magnitude of each vector is positive. Error (numeric) when it does not
// converge.
template <class T>
void eigenvectors(std::int64_t n, T* a, T* w);

// A = U diag(s) V^T, k = min(m, n): u is m x k, s descends, vt is k x n.
template <class T>
void singular_values(std::int64_t m, std::int64_t n, const T* a, T* u, T* s, T* vt);

}  // namespace attune::internal
