// Matrices in memory, for tests of their product: laid out in every way that a view may have.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace attune::tests {

enum class Layout { rows, columns, strided, reversed, broadcast, pages };
enum class Values { real, eighths };  // sums of products of eighths are exact

// A matrix in memory that is exactly as long as it must be.
template <class T>
struct Matrix {
  std::int64_t row = 0, column = 0, start = 0;
  std::vector<T> data;

  Matrix(std::int64_t m, std::int64_t n, Layout layout, Values values, std::mt19937& random) {
    switch (layout) {
      case Layout::rows:
        row = n + 3, column = 1;
        break;
      case Layout::columns:
        row = 1, column = m;
        break;
      case Layout::strided:
        row = 3, column = 3 * m + 1;
        break;
      case Layout::reversed:
        row = -n, column = 1, start = std::max<std::int64_t>(0, (m - 1) * n);
        break;
      case Layout::pages:  // rows as far apart as many sets of a cache
        row = (n * std::int64_t{sizeof(T)} + 4095) / 4096 * (4096 / std::int64_t{sizeof(T)}),
        column = 1;
        break;
      case Layout::broadcast:
        row = 0, column = 1;
        break;
    }
    const std::int64_t far = start + std::max<std::int64_t>(0, (m - 1) * row) +
                             std::max<std::int64_t>(0, (n - 1) * column);
    std::uniform_real_distribution<T> uniform(-1, 1);
    data.resize(static_cast<std::size_t>(far + 1));
    for (T& v : data)
      v = values == Values::real ? uniform(random) : std::round(8 * uniform(random)) / 8;
  }
  const T* begin() const { return data.data() + start; }
  template <class Real>
  std::vector<Real> dense(std::int64_t m, std::int64_t n) const {
    std::vector<Real> all;
    for (std::int64_t i = 0; i < m; ++i)
      for (std::int64_t j = 0; j < n; ++j)
        all.push_back(data[static_cast<std::size_t>(start + i * row + j * column)]);
    return all;
  }
};

}  // namespace attune::tests
