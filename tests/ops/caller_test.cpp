// A message begins with the operation that was called, not with one that it is made of.
#include <attune/autograd.hpp>
#include <attune/io.hpp>
#include <cmath>
#include <functional>
#include <limits>
#include <type_traits>

#include "tests/ops/expect.hpp"

namespace {

using namespace attune;
using namespace attune::tests;

// sum(x, true) would read as keepdim and mean axis 1.
static_assert(!std::is_convertible_v<bool, Axes> && std::is_convertible_v<int, Axes>);

constexpr double inf = std::numeric_limits<double>::infinity();

BOOST_AUTO_TEST_SUITE(caller)

BOOST_AUTO_TEST_CASE(is_named) {
  const Tensor x = zeros({2, 3}), wide = zeros({4}), nothing = zeros({0});
  const Tensor flags = tensor({true, false});
  Tensor room = zeros({2});
  const std::vector<Tensor> variables{zeros({2}, f64).set_requires_grad()};
  const auto undefined = [](std::span<const Tensor>) { return Tensor(); };
  const auto total = [](std::span<const Tensor> in) { return sum(in[0]); };
  const std::pair<const char*, std::function<void()>> calls[] = {
      {"zeros", [] { zeros({-1}); }},
      {"ones", [] { ones({-1}); }},
      {"eye", [] { eye(-1); }},
      {"one_hot", [] { one_hot(tensor({0}), std::int64_t{1} << 60); }},
      {"outer", [&] { outer(flags, flags); }},
      {"randint", [] { randint(3, 3, {2}); }},
      {"uniform_", [&] { uniform_(room, 1, 0); }},
      {"trunc_normal_", [&] { trunc_normal_(room, {.low = 1, .high = 0}); }},
      {"norm", [&] { norm(nothing, inf); }},
      {"norm", [&] { norm(nothing, -inf); }},
      {"norm", [&] { norm(x, 2, 5); }},
      {"norm",
       [&] {
         norm(x, 3, {0, 0});
       }},
      {"addcmul", [&] { addcmul(x, x, wide); }},
      {"addcmul", [&] { addcmul(wide, x, x); }},
      {"addcmul", [&] { addcmul(flags, flags, flags); }},
      {"addcdiv", [&] { addcdiv(x, x, wide); }},
      {"addcdiv", [&] { addcdiv(wide, x, x); }},
      {"chunk", [&] { chunk(expand(zeros({1}), {std::int64_t{1} << 40}), std::int64_t{1} << 40); }},
      {"gradcheck", [&] { gradcheck(undefined, variables); }},
      {"gradgradcheck", [&] { gradgradcheck(undefined, variables); }},
      {"gradcheck", [&] { gradcheck(total, variables, {.step = 0}); }},
  };
  for (const auto& call : calls) {
    const std::string start = std::string(call.first) + ": ";
    BOOST_TEST_CONTEXT(call.first) {
      BOOST_CHECK_EXCEPTION(call.second(), Error, [&start](const Error& error) {
        BOOST_TEST_MESSAGE(error.what());
        return std::string(error.what()).starts_with(start);
      });
    }
  }
}

BOOST_AUTO_TEST_CASE(and_what_it_broke) {
  const std::vector<Tensor> variables{zeros({2}, f64).set_requires_grad()};
  const auto total = [](std::span<const Tensor> in) { return sum(in[0]); };
  expect_error(ErrorKind::value, [&] { gradcheck(total, variables, {.step = 0}); }, {"step", "0"});
  expect_error(ErrorKind::io, [] { save_npy("", zeros({2})); }, {"save_npy", "empty"});
  const auto product = [](const Shape& a, const Shape& b) {
    return [=] { mm(zeros(a), zeros(b)); };
  };
  expect_error(ErrorKind::shape, product({2, 3}, {4, 3}), {"mm", "transpose the right operand"});
  expect_error(ErrorKind::shape, product({3, 2}, {3, 4}), {"mm", "transpose the left operand"});
  expect_error(ErrorKind::shape, product({2, 3}, {4, 5}), {"[2, 3] x [4, 5]", "as many as"});
  expect_error(ErrorKind::value,
               [] {
                 binary_cross_entropy(tensor({0.5, 0.5}), tensor({1.0, 2.0}));
               },
               {"binary_cross_entropy", "element 1", "target", "2"});
  expect_error(ErrorKind::value,
               [] {
                 binary_cross_entropy(tensor({0.5, 1.5}), tensor({1.0, 0.0}));
               },
               {"binary_cross_entropy", "element 1 of x", "1.5"});
  const Tensor many = full({100}, 0.5);
  for (const std::int64_t at : {0, 57, 99}) {
    Tensor spoiled = many.clone(), element = spoiled[at];
    element.fill_(NAN);
    const std::string place = "element " + std::to_string(at) + " of ";
    expect_error(ErrorKind::value, [&] { binary_cross_entropy(spoiled, many); }, {place + "x"});
    expect_error(ErrorKind::value, [&] { binary_cross_entropy(many, spoiled); },
                 {place + "the target"});
  }
}

BOOST_AUTO_TEST_CASE(packed_bools) {
  const Tensor flags = tensor(std::vector<bool>{true, false, true, true}, {2, 2});
  BOOST_TEST((flags.dtype() == boolean && flags.shape() == Shape{2, 2}));
  expect_elements(flags, {1, 0, 1, 1});
  expect_elements(tensor(std::vector<bool>{false, true}), {0, 1});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
