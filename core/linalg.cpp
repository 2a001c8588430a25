// Decompositions by Eigen.
#include "core/linalg.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <Eigen/SVD>

#include "core/fail.hpp"

namespace attune::internal {
namespace {

template <class T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

}  // namespace

template <class T>
void orthonormal_factor(std::int64_t m, std::int64_t n, T* a) {
  if (m < n) fail(ErrorKind::shape, "qr", "a matrix of {} x {}: it needs at least as many rows", m, n);
  Eigen::Map<Matrix<T>> matrix(a, m, n);
  const Eigen::HouseholderQR<Matrix<T>> qr(matrix);
  Matrix<T> q = qr.householderQ() * Matrix<T>::Identity(m, n);
  for (std::int64_t j = 0; j < n; ++j) {
    if (qr.matrixQR()(j, j) < 0) q.col(j) = -q.col(j);
  }
  matrix = q;
}

template <class T>
void eigenvectors(std::int64_t n, T* a, T* w) {
  Eigen::Map<Matrix<T>> matrix(a, n, n);
  const Eigen::SelfAdjointEigenSolver<Matrix<T>> solver(matrix);
  if (solver.info() != Eigen::Success) {
    fail(ErrorKind::numeric, "eigh", "no convergence for a matrix of {} x {}", n, n);
  }
  for (std::int64_t j = 0; j < n; ++j) {
    w[j] = solver.eigenvalues()(n - 1 - j);
    auto column = matrix.col(j);
    column = solver.eigenvectors().col(n - 1 - j);
    Eigen::Index largest = 0;
    column.cwiseAbs().maxCoeff(&largest);
    if (column(largest) < 0) column = -column;
  }
}

template <class T>
void singular_values(std::int64_t m, std::int64_t n, const T* a, T* u, T* s, T* vt) {
  const Eigen::Map<const Matrix<T>> matrix(a, m, n);
  const Eigen::BDCSVD<Matrix<T>> svd(matrix, Eigen::ComputeThinU | Eigen::ComputeThinV);
  const std::int64_t k = std::min(m, n);
  Eigen::Map<Matrix<T>>(u, m, k) = svd.matrixU();
  Eigen::Map<Matrix<T>>(vt, k, n) = svd.matrixV().transpose();
  for (std::int64_t i = 0; i < k; ++i) s[i] = svd.singularValues()(i);
}

template void orthonormal_factor(std::int64_t, std::int64_t, float*);
template void orthonormal_factor(std::int64_t, std::int64_t, double*);
template void eigenvectors(std::int64_t, float*, float*);
template void eigenvectors(std::int64_t, double*, double*);
template void singular_values(std::int64_t, std::int64_t, const float*, float*, float*, float*);
template void singular_values(std::int64_t, std::int64_t, const double*, double*, double*, double*);

}  // namespace attune::internal
