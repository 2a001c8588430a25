// Arguments at the ends of their types: nothing overflows, wraps or asks for memory that no machine
// has; what cannot be done is an Error.
#include <attune/memory.hpp>
#include <attune/random.hpp>
#include <attune/threads.hpp>
#include <cmath>
#include <limits>
#include <set>
#include <thread>

#include "core/elementwise.hpp"
#include "core/storage.hpp"
#include "tests/ops/cases.hpp"
#include "tests/ops/expect.hpp"
#include "tools/declared.hpp"

namespace {

using namespace attune;
using namespace attune::tests;

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t terabytes = std::int64_t{1} << 40;
constexpr double inf = std::numeric_limits<double>::infinity();

BOOST_AUTO_TEST_SUITE(extremes)

BOOST_AUTO_TEST_CASE(memory_that_no_machine_has) {
  const Tensor image = zeros({1, 1, 4, 4});
  expect_error(ErrorKind::value, [&] { adaptive_avg_pool2d(image, terabytes); },
               {"adaptive_avg_pool2d", "1099511627776"});
  expect_error(ErrorKind::memory, [&] { adaptive_avg_pool2d(image, 2147483647); },
               {"adaptive_avg_pool2d", "[1, 1, 2147483647, 2147483647]"});
  expect_error(ErrorKind::memory, [] { NumpyLegacy(1).permutation(std::int64_t{1} << 62); },
               {"permutation", "4611686018427387904"});
  const Tensor wide = expand(zeros({1}), {terabytes});
  expect_error(ErrorKind::value, [&] { split(wide, 1); }, {"split", "1099511627776 parts"});
  expect_error(ErrorKind::value, [&] { chunk(wide, terabytes); }, {"1099511627776 parts"});
  expect_error(ErrorKind::value, [&] { unbind(wide); }, {"unbind", "1099511627776 parts"});
  BOOST_TEST(split(wide, terabytes - 1).size() == 2u);
  BOOST_TEST(split(wide, most).size() == 1u);
  expect_error(ErrorKind::memory,
               [] {
                 as_strided(zeros({1}), {terabytes, terabytes}, {0, 0});
               },
               {"as_strided"});
  expect_error(ErrorKind::memory, [&] { unfold(wide, 0, terabytes / 2, 1); }, {"unfold"});
}

BOOST_AUTO_TEST_CASE(threads_have_a_bound) {
  const int before = threads();
  expect_error(ErrorKind::value, [] { threads(2147483647); }, {"threads", "2147483647", "1024"});
  expect_error(ErrorKind::value, [] { threads(1025); }, {"1025"});
  BOOST_TEST(threads() == before);
}

BOOST_AUTO_TEST_CASE(options_of_convolutions) {
  const Tensor x = zeros({1, 1, 10, 10}), w = zeros({1, 1, 3, 3});
  const auto refused = [&](const char* option, const Conv2dOptions& o) {
    expect_error(ErrorKind::value, [&] { conv2d(x, w, o); }, {"conv2d", option, "2147483647"});
  };
  refused("dilation.height", {.dilation = {most, 1}});
  refused("dilation.width", {.dilation = {1, most / 2}});
  refused("padding.left", {.padding = {0, 0, most, 0}});
  refused("padding.bottom", {.padding = {0, most / 2 + 1, 0, 0}});
  refused("stride.width", {.stride = {1, most}});
  refused("groups", {.groups = most});
  // The largest that pass: no window fits, and no number in the message is negative.
  constexpr std::int64_t bound = std::numeric_limits<std::int32_t>::max();
  expect_error(ErrorKind::shape,
               [&] {
                 conv2d(x, w, {.dilation = {bound, bound}});
               },
               {"dilation 2147483647 reaches over 2147483647 x 2 + 1"});
  BOOST_TEST(conv2d(x, w, {.stride = {bound, bound}}).shape() == Shape({1, 1, 1, 1}));
  const Tensor long_weight = expand(zeros({1, 1, 1, 1}), {1, 1, terabytes, 1});
  expect_error(ErrorKind::shape,
               [&] {
                 conv2d(x, long_weight, {.dilation = {bound, 1}});
               },
               {"a kernel of 1099511627776 with dilation 2147483647"});
}

BOOST_AUTO_TEST_CASE(options_of_pools) {
  const Tensor x = zeros({1, 1, 10, 10});
  for (const auto& pool : {max_pool2d, avg_pool2d}) {
    const auto refused = [&](const char* option, const PoolOptions& o) {
      expect_error(ErrorKind::value, [&] { pool(x, o); }, {"pool2d", option, "2147483647"});
    };
    refused("kernel", {.kernel = most});
    refused("stride", {.kernel = 2, .stride = Size2d{1, most}});
    refused("kernel", {.kernel = most, .padding = most / 2});
    BOOST_TEST(pool(x, {.kernel = 2, .stride = 2147483647}).shape() == Shape({1, 1, 1, 1}));
  }
}

// Whatever it is made of, an operation reports its own name.
BOOST_AUTO_TEST_CASE(messages_name_the_operation_that_was_called) {
  const Tensor x = ones({2, 3}), wide = ones({1, 1, 1, 1, 1, 1, 1, 1}), index = tensor({0, 1});
  const auto begins = [](const std::string& operation, const std::function<void()>& call) {
    BOOST_CHECK_EXCEPTION(call(), Error, [&](const Error& error) {
      return std::string(error.what()).starts_with(operation + ": ");
    });
  };
  begins("std", [&] { attune::std(x, 5); });
  begins("var", [&] { var(x, 5); });
  begins("var_mean", [&] { var_mean(x, 5); });
  begins("allclose", [&] { allclose(x, ones({4, 3})); });
  begins("broadcast_to", [&] { broadcast_to(x, {4, 4}); });
  begins("diag", [&] { diag(ones({2, 2, 2})); });
  begins("*=", [&] { x.clone() *= ones({4, 3}); });
  begins("lerp", [&] { lerp(x, ones({4, 3}), 0.5); });
  begins("unsqueeze", [&] { unsqueeze(wide, 0); });
  begins("stack", [&] { stack({wide, wide}); });
  begins("unfold", [&] { unfold(wide, 0, 1, 1); });
  begins("unflatten", [&] { unflatten(wide, 0, {1, 1}); });
  begins("one_hot", [&] { one_hot(zeros(wide.shape(), i64), 2); });
  begins("embedding", [&] { embedding(zeros(wide.shape(), i64), x); });
  begins("arange", [&] { arange(INT64_MIN, INT64_MAX, 1); });
  float number = 0;
  begins("from_blob", [&] { from_blob(&number, f32, {-2}); });
}

// Row by row, each operand undefined in turn.
BOOST_AUTO_TEST_CASE(undefined_operands_are_refused_by_name) {
  std::set<std::string> declared{"to", "clone"};  // methods that rows prepare operands by
  for (const auto& row : tools::declared_operations()) declared.insert(row.name);
  for (const Case& row : cases()) {
    // Some compute something first, or read a size.
    if (row.name.find(':') != std::string::npos || row.name.starts_with("conv2d_backward"))
      continue;
    const std::vector<Tensor> operands = draw_all(row);
    for (std::size_t i = 0; i < operands.size(); ++i) {
      std::vector<Tensor> spoilt = operands;
      spoilt[i] = Tensor();
      try {
        row(spoilt);  // an optional one may be left out
      } catch (const Error& error) {
        const std::string message = error.what();
        const std::string name = message.substr(0, message.find(':'));
        BOOST_TEST(message.find("undefined") != std::string::npos, row.name << ": " << message);
        // Rows that prepare an operand, by floor(x) or the like, report that operation.
        BOOST_TEST(declared.contains(name), row.name << ": " << message);
      }
    }
  }
}

// What cannot be had is what was asked for, not the size of a block that would hold it.
BOOST_AUTO_TEST_CASE(bytes_that_cannot_be_had) {
  const Tensor x = expand(ones({1}), {std::int64_t{1} << 25});
  const Tensor square = ones({600, 600});
  Tensor product = square.clone();
  trim_memory();
  const internal::NoNewMemory none;
  expect_error(ErrorKind::memory, [] { internal::pool_allocate(std::size_t{100'000'000'001}); },
               {"allocate: 100000000001 bytes"});
  expect_error(ErrorKind::memory, [&] { exp(x); }, {"exp: "});
  expect_error(ErrorKind::memory, [&] { x + x; }, {"add: "});
  // Working memory too, of which a new thread has none, is asked for in the operation's name. (The
  // general kernels take none.)
  if (!internal::own_kernels()) return;
  std::thread([&] {
    const internal::NoNewMemory none_here;
    const NoGrad values_only;
    expect_error(ErrorKind::memory, [&] { addmm_(product, square, square); }, {"addmm_: "});
  }).join();
}

BOOST_AUTO_TEST_CASE(numbers_that_do_not_fit) {
  const auto refused = [](const char* operation, const char* number, const char* type, auto call) {
    expect_error(ErrorKind::value, call, {operation, number, type});
  };
  const Tensor bytes = zeros({2}, u8), ints = zeros({2}, i32), longs = zeros({2}, i64);
  const Tensor flags = tensor({true, false});
  refused("masked_fill", "300", "u8", [&] { masked_fill(bytes, flags, 300); });
  refused("masked_fill", "-1", "u8", [&] { masked_fill(bytes, flags, -1); });
  refused("masked_fill", "1099511627776", "i32", [&] { masked_fill(ints, flags, terabytes); });
  refused("where", "300", "u8", [&] { where(flags, bytes, 300); });
  refused("where", "300", "u8", [&] { where(flags, 300, bytes); });
  refused("full", "10000000000", "i32", [] { full({2}, 1e10, i32); });
  refused("full", "18446744073709551615", "i64", [] { full({1}, UINT64_MAX); });
  refused("full", "nan", "take a floating type", [] { full({1}, NAN, i64); });
  refused("full", "256", "u8", [] { full({0}, 256, u8); });
  refused("fill_", "-1", "u8", [&] { zeros({2}, u8).fill_(-1); });
  refused("tensor", "300", "u8", [] { tensor({300}, u8); });
  refused("scalar_tensor", "inf", "i64", [] { scalar_tensor(inf, i64); });
  refused("linspace", "300", "u8", [] { linspace(0, 300, 3, u8); });
  refused("arange", "299", "u8", [] { arange(0, 300, 1, u8); });
  refused("arange", "-1", "u8", [] { arange(3, -2, -1, u8); });
  refused("add", "300", "u8", [&] { bytes + 300; });
  refused("sub", "-1", "u8", [&] { -1 - bytes; });
  refused("mul", "4294967296", "i32", [&] { ints * 4294967296; });
  refused("remainder", "256", "u8", [&] { remainder(bytes, 256); });
  refused("add", "18446744073709551615", "i64", [&] { longs + UINT64_MAX; });
  refused("+=", "300", "u8", [&] { bytes.clone() += 300; });
  refused("gt", "18446744073709551615", "i64", [&] { gt(longs, UINT64_MAX); });
  refused("item", "e+30", "2147483647", [] { tensor({1e30}).item<int>(); });
  refused("item", "-1", "255", [] { tensor({-1}).item<std::uint8_t>(); });
  refused("item", "nan", "", [] { tensor({NAN}).item<std::int64_t>(); });

  // What fits: the ends, fractions that are cut off, comparisons and bounds beyond the type.
  expect_elements(arange(0, 256, 255, u8), {0, 255});
  expect_elements(arange(250, 300, 100, u8), {250});
  expect_elements(linspace(0, 255, 2, u8), {0, 255});
  expect_elements(full({1}, 255.9, u8), {255});
  expect_elements(full({1}, -0.9, u8), {0});
  expect_elements(full({1}, UINT64_MAX, f64), {18446744073709551616.0});
  expect_elements(lt(bytes, 300), {1, 1});
  expect_elements(clamp(bytes, -1, 300), {0, 0});
  BOOST_TEST(scalar_tensor(-9223372036854775808.0, i64).item<std::int64_t>() == INT64_MIN);
  BOOST_TEST(tensor({255}, i32).item<std::uint8_t>() == 255);
  BOOST_TEST(tensor({2.75}).item<int>() == 2);
  BOOST_TEST(tensor({-5}).item<bool>());
}

BOOST_AUTO_TEST_CASE(ranges_over_all_of_f64) {
  constexpr double end = std::numeric_limits<double>::max();
  expect_elements(linspace(-1e308, 1e308, 3, f64), {-1e308, 0, 1e308});
  expect_elements(linspace(-end, end, 5, f64), {-end, -end / 2, 0, end / 2, end});
  expect_error(ErrorKind::value, [] { linspace(0, inf, 3); }, {"linspace", "inf"});
  expect_error(ErrorKind::value, [] { linspace(NAN, 0, 1); }, {"linspace", "nan"});
}

BOOST_AUTO_TEST_CASE(weights_whose_sum_overflows) {
  const Random stream{7};
  constexpr std::int64_t n = 10000;
  const Tensor drawn = multinomial(tensor({1e308, 1e308, 1.0}, f64), n, true);
  BOOST_TEST(std::abs(mean(drawn.to(f64)).item() - 0.5) < 4 * 0.5 / std::sqrt(double{n}));
  expect_error(ErrorKind::value, [] { multinomial(zeros({3}), 1, true); }, {"positive weight"});
}

BOOST_AUTO_TEST_CASE(quotients_by_infinity) {
  const Tensor a = tensor({1.0, -1.0, 1.0, -1.0, 0.0, -0.0}, f64);
  const Tensor b = tensor({inf, inf, -inf, -inf, inf, inf}, f64);
  expect_elements(floor_divide(a, b), {0, -1, -1, 0, 0, -0.0});
  expect_elements(remainder(a, b), {1, inf, -inf, -1, 0, -0.0});
  expect_elements(floor_divide(tensor({7.0, -7.0, 7.0, -7.0}, f64), tensor({2.0, 2.0, -2.0, -2.0})),
                  {3, -4, -4, 3});
}

BOOST_AUTO_TEST_CASE(draws_beyond_a_type) {
  const Random stream{7};
  expect_error(ErrorKind::value, [] { randint(0, 300, {2}, u8); }, {"randint", "299", "u8"});
  expect_error(ErrorKind::value, [] { randint(-1, 3, {2}, u8); }, {"randint", "-1", "u8"});
  BOOST_TEST(randint(0, 256, {2}, u8).dtype() == u8);
}

BOOST_AUTO_TEST_CASE(sums_and_products_of_nothing) {
  for (const DType dtype : {f32, f64, i64}) {
    for (const int axis : {0, 1, 2}) {
      Shape shape{2, 3, 4};
      shape[axis] = 0;
      const Tensor none = zeros(shape, dtype);
      const Tensor one = prod(none, {axis});
      BOOST_TEST(equal(one, ones(one.shape(), one.dtype())));
      const Tensor zero = sum(none, {axis});
      BOOST_TEST(equal(zero, zeros(zero.shape(), zero.dtype())));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
