// The table of kernels, for every instruction set that this machine runs, against plain loops:
// reductions, rows, gradients, and which table a name chooses. Not here: functions of each element,
// which stand in elementwise_kernels_test.cpp, and which kernel an operation picks.
#include "core/kernels.hpp"

#include <algorithm>
#include <attune/error.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/core/every_table.hpp"

using namespace attune::internal;
using namespace attune::tests;

BOOST_AUTO_TEST_SUITE(kernels_table)

BOOST_AUTO_TEST_CASE(names_choose_and_unknown_names_are_refused) {
  BOOST_TEST(!available_isas().empty());
  for (const std::string& isa : available_isas()) BOOST_TEST(kernels_for(isa).isa == isa);
  const char* asked = std::getenv("ATTUNE_ISA");
  BOOST_TEST(kernels().isa == (asked && *asked ? std::string(asked) : available_isas().back()));
  BOOST_CHECK_EXCEPTION(kernels_for("mmx"), attune::Error, [](const attune::Error& e) {
    return e.kind() == attune::ErrorKind::value &&
           std::string(e.what()).find(available_isas().front()) != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(gradients_are_clipped_and_decayed_element_by_element) {
  for_every_table([](const auto& table, auto zero) {
    using T = decltype(zero);
    const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
    const std::vector<T> g = {1, -2, 3, inf, -inf, nan, T(-0.25)}, p = {3, 5, -7, 1, 1, 1, inf};
    for (const T bound : {inf, T(4)}) {
      for (const T decay : {T(0), T(0.1)}) {
        for (std::size_t n = 0; n <= g.size(); ++n) {
          std::vector<T> y(g.size() + 1, T(77));
          table.clip_and_decay(static_cast<std::int64_t>(n), T(-1.5), bound, decay, g.data(),
                               p.data(), y.data());
          BOOST_TEST(y[n] == T(77));
          for (std::size_t i = 0; i < n; ++i) {
            T expected = T(-1.5) * g[i];
            if (expected > bound) expected = bound;
            if (expected < -bound) expected = -bound;
            if (decay != 0) expected += decay * p[i];
            BOOST_TEST(same_bits(y[i], expected), "element " << i << " of " << n);
          }
        }
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(one_element_that_is_not_finite_is_found_and_nothing_behind_the_end) {
  for_every_table([](const auto& table, auto zero) {
    using T = decltype(zero);
    for (const int n : lengths) {
      std::vector<T> x(static_cast<std::size_t>(n) + 1, std::numeric_limits<T>::max());
      x.back() = std::numeric_limits<T>::quiet_NaN();
      BOOST_TEST(table.all_finite(n, x.data()));
      for (const int at : {0, n / 2, n - 1}) {
        if (at < 0 || at >= n) continue;
        T& one = x[static_cast<std::size_t>(at)];
        const T kept = std::exchange(one, -std::numeric_limits<T>::infinity());
        BOOST_TEST(!table.all_finite(n, x.data()), at << " of " << n);
        one = kept;
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(reductions_are_right_and_blind_to_position) {
  for_every_table([](const auto& table, auto zero) {
    using T = decltype(zero);
    std::vector<int> sizes = lengths;
    sizes.insert(sizes.end(), {2048, 2049, 10007});
    std::mt19937 random(6);
    std::uniform_real_distribution<T> uniform(-1, 1);
    for (const int n : sizes) {
      std::vector<T> x(static_cast<std::size_t>(n) + 3);
      for (T& v : x) v = uniform(random);
      double sum = 0, squares = 0, bound = 0;
      T largest = -std::numeric_limits<T>::infinity(), smallest = -largest;
      for (int i = 0; i < n; ++i) {
        const double v = x[i + 3];
        sum += v;
        squares += v * v;
        bound += std::fabs(v);
        largest = std::max(largest, x[i + 3]);
        smallest = std::min(smallest, x[i + 3]);
      }
      bound *= 32 * std::numeric_limits<T>::epsilon();
      const T* p = x.data() + 3;
      BOOST_TEST(std::fabs(table.of(Reduce::sum)(n, p) - sum) <= bound);
      BOOST_TEST(std::fabs(table.of(Reduce::sum_of_squares)(n, p) - squares) <= bound);
      BOOST_TEST(table.of(Reduce::max)(n, p) == largest);
      BOOST_TEST(table.of(Reduce::min)(n, p) == smallest);
      const std::vector<T> moved(p, p + n);
      for (int op = 0; op < static_cast<int>(Reduce::count); ++op)
        BOOST_TEST(same_bits(table.reduce[op](n, p), table.reduce[op](n, moved.data())));
      if (n > 0) {
        x[3 + n / 2] = std::numeric_limits<T>::quiet_NaN();
        for (int op = 0; op < static_cast<int>(Reduce::count); ++op)
          BOOST_TEST(std::isnan(table.reduce[op](n, p)), "reduction " << op << " of " << n);
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(sum_runs_has_the_bits_of_a_sum_of_each_copied_column) {
  for_every_table([](const auto& table, auto zero) {
    using T = decltype(zero);
    std::mt19937 random(8);
    std::uniform_real_distribution<T> uniform(-1, 1);
    for (const std::int64_t m : {1, 3, 17, 64, 100, 2048, 2049, 5001}) {
      for (const std::int64_t n : {1, 5, 16, 70}) {
        const std::int64_t step = n + 2;
        std::vector<T> x(static_cast<std::size_t>((m - 1) * step + n)), y(n + 1, T(77)), column(m);
        for (T& v : x) v = uniform(random);
        table.sum_runs(m, n, x.data(), step, y.data());
        bool same = y[n] == T(77);
        for (std::int64_t j = 0; j < n; ++j) {
          for (std::int64_t i = 0; i < m; ++i) column[i] = x[i * step + j];
          same = same && same_bits(y[j], table.of(Reduce::sum)(m, column.data()));
        }
        BOOST_TEST(same, m << " rows of " << n);
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(sum_rows_and_softmax_follow_plain_loops) {
  for_every_table([](const auto& table, auto zero) {
    using T = decltype(zero);
    std::mt19937 random(7);
    std::uniform_real_distribution<T> uniform(-3, 3);
    const double eps = std::numeric_limits<T>::epsilon();
    for (const int m : {1, 2, 65, 200}) {
      for (const int n : {1, 5, 10, 16, 33, 150}) {
        const int step = n + m % 3;
        // exactly as long as it must be: a read beyond it is the address sanitizer's
        std::vector<T> x(static_cast<std::size_t>((m - 1) * step + n)), y(n, T(1)), z(n, T(1));
        for (T& v : x) v = uniform(random);
        table.sum_rows(m, n, x.data(), step, y.data(), false);
        table.sum_rows(m, n, x.data(), step, z.data(), true);
        for (int j = 0; j < n; ++j) {
          double sum = 0;
          for (int i = 0; i < m; ++i) sum += x[i * step + j];
          BOOST_TEST(std::fabs(y[j] - sum) <= 3 * eps * m);
          BOOST_TEST(z[j] == y[j] + 1);
        }
        std::vector<T> rows(static_cast<std::size_t>(m * n)), p(rows.size()), l(rows.size());
        for (T& v : rows) v = uniform(random);
        table.softmax(m, n, rows.data(), p.data());
        table.log_softmax(m, n, rows.data(), l.data());
        for (int i = 0; i < m; ++i) {
          double total = 0;
          for (int j = 0; j < n; ++j) total += std::exp(static_cast<double>(rows[i * n + j]));
          for (int j = 0; j < n; ++j) {
            const double want = rows[i * n + j] - std::log(total);
            BOOST_TEST(std::fabs(l[i * n + j] - want) <= 16 * eps * (1 + std::fabs(want)));
            BOOST_TEST(std::fabs(p[i * n + j] - std::exp(want)) <= 16 * eps * std::exp(want));
          }
        }
      }
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()
