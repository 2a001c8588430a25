// Decompositions by Eigen. Only what is used: its SVD and eigenvalues take minutes to compile.
#include "core/linalg.hpp"

#include <Eigen/QR>

#include "core/fail.hpp"

namespace attune::internal {

void orthonormal_factor(std::int64_t m, std::int64_t n, double* a) {
  using Matrix = Eigen::MatrixXd;
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  if (m < n) fail(ErrorKind::shape, "qr", "a matrix of {} x {} has fewer rows than columns", m, n);
  Eigen::Map<RowMajor> matrix(a, m, n);
  const Eigen::HouseholderQR<Matrix> qr{Matrix(matrix)};
  Matrix q = Matrix::Identity(m, n);
  q.applyOnTheLeft(qr.householderQ());
  for (std::int64_t j = 0; j < n; ++j) {
    if (qr.matrixQR()(j, j) < 0) q.col(j) = -q.col(j);
  }
  matrix = q;
}

}  // namespace attune::internal
