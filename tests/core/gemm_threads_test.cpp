// The kernels' matrix product has the same bits on any number of threads, by every way that is
// shared among them and for every instruction set that this machine runs.
#include <attune/threads.hpp>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <random>
#include <vector>

#include "core/kernels.hpp"
#include "tests/came.hpp"
#include "tests/core/every_table.hpp"
#include "tests/core/matrices.hpp"

namespace {

using namespace attune::internal;
using namespace attune::tests;

// By every way that is shared: blocks of rows and of columns, a row, a few rows, inner products, a
// short k, C turned.
template <class T>
void check_threads(const KernelsOf<T>& table) {
  struct Product {
    std::int64_t m, n, k;
    Layout a, b;
  };
  const Product products[] = {{300, 290, 500, Layout::rows, Layout::rows},
                              {300, 290, 500, Layout::columns, Layout::columns},
                              {40, 700, 1100, Layout::rows, Layout::rows},
                              {40, 700, 1100, Layout::columns, Layout::columns},
                              {40, 700, 1100, Layout::rows, Layout::columns},
                              {16, 900, 300, Layout::rows, Layout::columns},
                              {1, 9001, 300, Layout::rows, Layout::rows},
                              {3, 5003, 90, Layout::rows, Layout::rows},
                              {2001, 1, 700, Layout::rows, Layout::columns},
                              {1501, 3, 400, Layout::rows, Layout::rows},
                              {3, 1501, 400, Layout::rows, Layout::columns},
                              {4001, 90, 7, Layout::rows, Layout::rows},
                              {133, 348, 9, Layout::columns, Layout::rows},
                              {3, 236, 596, Layout::rows, Layout::rows},
                              {20, 27, 700, Layout::rows, Layout::rows},
                              {3001, 10, 150, Layout::columns, Layout::rows}};
  std::vector<std::vector<T>> first(std::size(products));
  const auto run = [&] {
    std::mt19937 random(11);
    for (std::size_t i = 0; i < std::size(products); ++i) {
      const auto& [m, n, k, a_layout, b_layout] = products[i];
      const Matrix<T> a(m, k, a_layout, Values::real, random),
          b(k, n, b_layout, Values::real, random);
      std::vector<T> c(static_cast<std::size_t>(m * n));
      table.gemm({m, n, k, a.begin(), a.row, a.column, b.begin(), b.row, b.column, c.data(), n,
                  nullptr, false});
      if (first[i].empty()) first[i] = c;
      BOOST_TEST((c == first[i]),
                 m << " x " << n << " x " << k << " on " << attune::threads() << " threads");
    }
  };
  attune::threads(1);
  run();
  for (const int count : {2, 3, 8})
    BOOST_TEST(attune::tests::threads_that_came(count, run) >= count);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(kernels_gemm)

BOOST_AUTO_TEST_CASE(the_number_of_threads_changes_no_bit) {
  const int before = attune::threads();
  for_every_table([](const auto& table) { check_threads(table); });
  attune::threads(before);
}

BOOST_AUTO_TEST_SUITE_END()
