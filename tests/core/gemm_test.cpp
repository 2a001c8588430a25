// The kernels' matrix product, for every instruction set that this machine runs, against a plain
// loop in long double: all layouts, sizes around every cut.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "core/kernels.hpp"
#include "core/scratch.hpp"
#include "tests/core/every_table.hpp"
#include "tests/core/matrices.hpp"

namespace {

using namespace attune::internal;
using namespace attune::tests;

// What an earlier product left in this thread's working memory must not be met again.
template <class T>
void spoil_scratch(std::int64_t elements) {
  const auto count = static_cast<std::size_t>(elements);
  for (int slot = 0; slot < scratch_slots; ++slot)
    std::fill_n(static_cast<T*>(scratch(count * sizeof(T), slot)), count,
                std::numeric_limits<T>::quiet_NaN());
}

// [before] + [bias] + the plain sums.
template <class Real, class T>
std::vector<Real> plain(std::int64_t m, std::int64_t n, std::int64_t k, const Matrix<T>& a,
                        const Matrix<T>& b, std::vector<Real> c) {
  const std::vector<Real> as = a.template dense<Real>(m, k), bs = b.template dense<Real>(k, n);
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t l = 0; l < k; ++l)
      for (std::int64_t j = 0; j < n; ++j) c[i * n + j] += as[i * k + l] * bs[l * n + j];
  return c;
}

template <class T>
void check_product(const KernelsOf<T>& table, std::int64_t m, std::int64_t n, std::int64_t k,
                   Layout a_layout, Layout b_layout, bool accumulate, bool biased, bool gap,
                   std::mt19937& random, Values values = Values::real) {
  const Matrix<T> a(m, k, a_layout, values, random), b(k, n, b_layout, values, random);
  const std::int64_t c_row = n + (gap ? 2 : 0);
  std::vector<T> c(static_cast<std::size_t>((m - 1) * c_row + n)), bias(n);
  std::uniform_real_distribution<T> uniform(-1, 1);
  for (T& v : c) v = uniform(random);
  for (T& v : bias) v = uniform(random);
  const std::vector<T> before = c;
  spoil_scratch<T>((std::max(m, n) + 64) * (k + 1));
  table.gemm({m, n, k, a.begin(), a.row, a.column, b.begin(), b.row, b.column, c.data(), c_row,
              biased ? bias.data() : nullptr, accumulate});
  const double bound = values == Values::eighths ? 0
                                                 : 8 * std::numeric_limits<T>::epsilon() *
                                                       std::sqrt(static_cast<double>(k) + 4);
  std::vector<long double> want;
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < n; ++j)
      want.push_back((accumulate ? before[i * c_row + j] : 0) + (biased ? bias[j] : 0));
  if (values == Values::real) {
    want = plain<long double>(m, n, k, a, b, want);
  } else {
    const auto sums = plain<double>(m, n, k, a, b, {want.begin(), want.end()});
    want.assign(sums.begin(), sums.end());
  }
  std::int64_t wrong = 0;
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < n; ++j)
      if (!(std::fabs(c[i * c_row + j] - want[i * n + j]) <= bound)) ++wrong;
    for (std::int64_t j = n; i + 1 < m && j < c_row; ++j)
      if (c[i * c_row + j] != before[i * c_row + j]) ++wrong;
  }
  BOOST_TEST(wrong == 0, m << " x " << n << " x " << k << " layouts " << static_cast<int>(a_layout)
                           << static_cast<int>(b_layout) << " accumulate " << accumulate << " bias "
                           << biased << " gap " << gap);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(kernels_gemm)

BOOST_AUTO_TEST_CASE(every_layout_and_size_is_a_plain_sum_of_products) {
  for_every_table([](const auto& table) {
    std::mt19937 random(8);
    const std::int64_t sizes[] = {1, 2, 3, 5, 8, 13, 14, 15, 16, 17, 31, 33, 64, 70};
    std::uniform_int_distribution<int> pick(0, 13), layout(0, 4), coin(0, 1);
    for (int trial = 0; trial < 600; ++trial)
      check_product(table, sizes[pick(random)], sizes[pick(random)], sizes[pick(random)],
                    static_cast<Layout>(layout(random)), static_cast<Layout>(layout(random)),
                    coin(random), coin(random), coin(random), random);
  });
}

BOOST_AUTO_TEST_CASE(blocks_of_rows_columns_and_k_join) {
  for_every_table([](const auto& table) {
    std::mt19937 random(9);
    const Layout layouts[] = {Layout::rows, Layout::columns, Layout::strided};
    for (const Layout a : layouts) {
      for (const Layout b : layouts) {
        check_product(table, 260, 70, 900, a, b, false, true, false, random);
        check_product(table, 3, 2100, 400, a, b, true, true, true, random);
        check_product(table, 40, 300, 1100, a, b, false, true, false, random);
        check_product(table, 3, 236, 596, a, b, true, true, true, random);
        check_product(table, 1, 141, 670, a, b, false, true, true, random);
      }
    }
  });
}

// Sizes at which no part of B is left over: whether A is packed, B is, or both follows from the
// layouts, and who packs from the number of chunks.
BOOST_AUTO_TEST_CASE(whole_panels_in_every_way_of_packing) {
  for_every_table([](const auto& table) {
    std::mt19937 random(12);
    const std::int64_t rows[] = {28, 128, 200, 256}, columns[] = {32, 64, 160, 256},
                       products[] = {160, 384, 640, 800};
    std::uniform_int_distribution<int> any(0, 3);
    const Layout layouts[] = {Layout::rows, Layout::columns, Layout::strided};
    for (const Layout a : layouts)
      for (const Layout b : layouts)
        for (int trial = 0; trial < 8; ++trial)
          check_product(table, rows[any(random)], columns[any(random)], products[any(random)], a, b,
                        false, false, false, random, Values::eighths);
  });
}

// Inner products where both are contiguous along k, few rows, one tile: each number of vectors and
// rows has groups of its own. (Exact sums, and shorter ones with all that may be added: chains of
// 300 roundings are now and then beyond the bound.)
BOOST_AUTO_TEST_CASE(few_rows_and_columns_over_a_long_k) {
  for_every_table([](const auto& table) {
    std::mt19937 random(16);
    std::uniform_int_distribution<int> few(1, 19), layout(0, 2), coin(0, 1), more(0, 250);
    const Layout layouts[] = {Layout::rows, Layout::columns, Layout::strided};
    for (int trial = 0; trial < 600; ++trial) {
      const bool exact = trial % 2 == 0;
      const int m = few(random), n = few(random), k = 90 + more(random) / (exact ? 1 : 8);
      const Layout a = layouts[layout(random)], b = layouts[layout(random)];
      const bool accumulate = !exact && coin(random), biased = !exact && coin(random);
      check_product(table, m, n, k, a, b, accumulate, biased, coin(random), random,
                    exact ? Values::eighths : Values::real);
    }
  });
}

// A batch by weights that are contiguous along k: of so many more weights C^T is computed, by
// chunks of columns of C, and turned back.
BOOST_AUTO_TEST_CASE(few_rows_by_many_weights) {
  for_every_table([](const auto& table) {
    std::mt19937 random(17);
    const std::int64_t rows[] = {8, 13, 16, 48}, columns[] = {41, 300, 600}, products[] = {70, 130};
    std::uniform_int_distribution<int> coin(0, 1);
    for (const std::int64_t m : rows)
      for (const std::int64_t n : columns)
        for (const std::int64_t k : products)
          check_product(table, m, n, k, Layout::rows, Layout::columns, false, false, coin(random),
                        random, Values::eighths);
    check_product(table, 130, 300, 200, Layout::rows, Layout::columns, false, false, true, random,
                  Values::eighths);
    for (const std::int64_t n : columns)
      check_product(table, 37, n, 97, Layout::rows, Layout::columns, false, true, true, random);
  });
}

BOOST_AUTO_TEST_CASE(short_sums_over_many_rows) {
  for_every_table([](const auto& table) {
    std::mt19937 random(15);
    const Layout layouts[] = {Layout::rows, Layout::columns, Layout::strided, Layout::reversed};
    std::uniform_int_distribution<int> coin(0, 1);
    for (std::int64_t k = 1; k <= 22; ++k)
      for (const Layout a : layouts)
        check_product(table, 150, 301 + k, k, a, layouts[k % 4], coin(random), coin(random),
                      coin(random), random);
  });
}

// Rows of A that would crowd in a cache are packed, and a large C is fetched ahead of its sums.
BOOST_AUTO_TEST_CASE(many_rows_a_page_apart_and_a_large_c) {
  for_every_table([](const auto& table) {
    std::mt19937 random(14);
    check_product(table, 257, 140, 400, Layout::pages, Layout::rows, true, true, false, random);
    check_product(table, 300, 290, 129, Layout::pages, Layout::rows, false, true, true, random);
    for (const bool accumulate : {false, true})
      check_product(table, 270, 1025, 120, Layout::rows, Layout::rows, accumulate, false, true,
                    random);
  });
}

BOOST_AUTO_TEST_CASE(no_k_leaves_c_and_bias) {
  for_every_table([](const auto& table) {
    std::mt19937 random(10);
    for (const bool accumulate : {false, true})
      for (const bool biased : {false, true})
        check_product(table, 3, 5, 0, Layout::rows, Layout::rows, accumulate, biased, false,
                      random);
  });
}

// One running sum over all of k would stop at 2^24.
BOOST_AUTO_TEST_CASE(long_sums_keep_their_digits) {
  constexpr std::int64_t k = 20'000'000, n = 80;
  const std::vector<float> ones(n, 1.0f);
  std::mt19937 random(13);
  std::uniform_real_distribution<float> uniform(0, 1);
  std::vector<float> many(1'000'000);
  for (float& v : many) v = uniform(random);
  double squares = 0;
  for (const float v : many) squares += double{v} * v;
  for (const std::string& isa : available_isas()) {
    const auto gemm = kernels_for(isa).f32.gemm;
    std::vector<float> c(n);
    gemm({1, n, k, ones.data(), 0, 0, ones.data(), 0, 1, c.data(), n, nullptr, false});
    BOOST_TEST((c == std::vector<float>(n, float{k})), isa << ": " << c[0]);
    const auto length = static_cast<std::int64_t>(many.size());
    gemm({1, 1, length, many.data(), 0, 1, many.data(), 1, 0, c.data(), n, nullptr, false});
    BOOST_TEST(std::fabs(c[0] / squares - 1) < 3e-7, isa << ": " << c[0] << ", not " << squares);
  }
}

BOOST_AUTO_TEST_SUITE_END()
