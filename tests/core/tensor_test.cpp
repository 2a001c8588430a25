// Tensors: construction, types and how they combine, views, reading, errors.
#include <attune/ops.hpp>
#include <boost/test/unit_test.hpp>
#include <limits>

#include "core/impl.hpp"
#include "tests/thrown.hpp"

using namespace attune;
using tests::thrown;

BOOST_AUTO_TEST_SUITE(tensors)

BOOST_AUTO_TEST_CASE(braces) {
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 6}});
  BOOST_TEST((x.dtype() == i64 && x.shape() == Shape{2, 3} && x.strides() == Shape{3, 1}));
  BOOST_TEST(x[1][2].item<std::int64_t>() == 6);
  BOOST_TEST((tensor({1.0, 2.0}).dtype() == f32));
  BOOST_TEST((tensor({1.0f, 2}).dtype() == f32));
  BOOST_TEST((tensor({true, false}).dtype() == boolean));
  BOOST_TEST((tensor({true, 2}).dtype() == i64));
  BOOST_TEST((tensor({1, 2}, u8).dtype() == u8));
  BOOST_TEST(tensor({0.1}, f64).item() == 0.1);
  BOOST_TEST(tensor({std::numeric_limits<std::int64_t>::max()}).item<std::int64_t>() ==
             std::numeric_limits<std::int64_t>::max());
  BOOST_TEST((tensor({{{1}, {2}}}).shape() == Shape{1, 2, 1}));
  BOOST_CHECK_EXCEPTION(tensor({{1, 2}, {3}}), Error, thrown(ErrorKind::shape, {"2", "1"}));
  BOOST_CHECK_EXCEPTION(tensor({{1, 2}, 3}), Error, thrown(ErrorKind::shape, {}));
}

BOOST_AUTO_TEST_CASE(vectors_and_spans) {
  const std::vector<double> elements = {1, 2, 3, 4, 5, 6};
  const Tensor x = tensor(elements, {3, 2});
  BOOST_TEST((x.dtype() == f64 && x.shape() == Shape{3, 2}));
  BOOST_TEST(x.data<double>() != elements.data());
  BOOST_TEST((tensor(std::vector<std::int64_t>{7, 8}).shape() == Shape{2}));
  BOOST_TEST(tensor(std::span<const double>(elements).subspan(2, 2), {2})[1].item() == 4.0);
  BOOST_CHECK_EXCEPTION(tensor(elements, {4, 2}), Error, thrown(ErrorKind::shape, {"6", "[4, 2]"}));
  BOOST_CHECK_EXCEPTION(tensor(elements, {-3, -2}), Error, thrown(ErrorKind::shape, {"-3"}));
}

BOOST_AUTO_TEST_CASE(numbers) {
  BOOST_TEST((scalar_tensor(1).dtype() == i64));
  BOOST_TEST((scalar_tensor(1.5).dtype() == f32));
  BOOST_TEST((scalar_tensor(true).dtype() == boolean));
  BOOST_TEST(scalar_tensor(2.5, i32).item<int>() == 2);
  BOOST_TEST((scalar_tensor(1).dim() == 0 && scalar_tensor(1).numel() == 1));
  BOOST_CHECK_EXCEPTION(tensor({1, 2}).item(), Error,
                        thrown(ErrorKind::shape, {"[2]", "2 elements"}));
}

BOOST_AUTO_TEST_CASE(foreign_memory) {
  float elements[] = {1, 2, 3, 4};
  int released = 0;
  {
    Tensor x = from_blob(
        elements, f32, {2, 2}, [](void* count) { ++*static_cast<int*>(count); }, &released);
    const Tensor row = x[1];
    x += 1;
    x = Tensor();
    BOOST_TEST(released == 0);
    BOOST_TEST(row[0].item() == 4.0);
  }
  BOOST_TEST(released == 1);
  BOOST_TEST(elements[3] == 5.f);
}

BOOST_AUTO_TEST_CASE(promotion_pair_by_pair) {
  const DType expected[dtype_count][dtype_count] = {// f32  f64  i64  i32  u8   bool
                                                    {f32, f64, f32, f32, f32, f32},      // f32
                                                    {f64, f64, f64, f64, f64, f64},      // f64
                                                    {f32, f64, i64, i64, i64, i64},      // i64
                                                    {f32, f64, i64, i32, i32, i32},      // i32
                                                    {f32, f64, i64, i32, u8, u8},        // u8
                                                    {f32, f64, i64, i32, u8, boolean}};  // bool
  for (int i = 0; i < dtype_count; ++i) {
    for (int j = 0; j < dtype_count; ++j) {
      const auto a = static_cast<DType>(i), b = static_cast<DType>(j);
      BOOST_TEST_CONTEXT(name(a) << " and " << name(b)) {
        BOOST_TEST((promote(a, b) == expected[i][j]));
        if (a == boolean && b == boolean) continue;
        const Tensor sum = ones({2}, a) + ones({2}, b);
        BOOST_TEST((sum.dtype() == expected[i][j]));
        BOOST_TEST(sum[1].item() == 2.0);
        BOOST_TEST(((ones({2}, a) / ones({2}, b)).dtype() == floating(expected[i][j])));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_number_is_weak) {
  for (DType dtype : {f32, f64}) {
    BOOST_TEST(((ones({1}, dtype) * 2.0).dtype() == dtype));
    BOOST_TEST(((2 * ones({1}, dtype)).dtype() == dtype));
  }
  for (DType dtype : {i64, i32, u8}) {
    BOOST_TEST(((ones({1}, dtype) + 1).dtype() == dtype));
    BOOST_TEST(((ones({1}, dtype) * 0.5).dtype() == f32));
    BOOST_TEST(((ones({1}, dtype) / 2).dtype() == f32));
  }
  BOOST_TEST(((ones({1}, boolean) + 1).dtype() == i64));
  BOOST_TEST((ones({1}, boolean) * 0.5).item() == 0.5);
  BOOST_TEST((tensor({250}, u8) + 10).item() == 4.0);
  for (DType dtype : {boolean, u8, i32}) BOOST_TEST((sum(ones({3}, dtype)).dtype() == i64));
  BOOST_TEST((mean(tensor({1, 2})).dtype() == f32));
}

BOOST_AUTO_TEST_CASE(conversions) {
  const Tensor x = tensor({1.75, -1.75, 300.0});
  BOOST_TEST(x.to(i64)[1].item() == -1.0);
  BOOST_TEST(x.to(boolean)[0].item<bool>());
  BOOST_TEST(x.to(f32).shares_storage(x));
  BOOST_TEST(!x.clone().shares_storage(x));
  BOOST_TEST(x.contiguous().shares_storage(x));
  BOOST_TEST(tensor({0.1}, f64).to(f32).item<float>() == 0.1f);
}

BOOST_AUTO_TEST_CASE(handles_and_views_share_the_elements) {
  Tensor x = tensor({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}});
  const Tensor same = x, columns = t(x), part = slice(x, 1, 1, 3);
  x += 10;
  BOOST_TEST(same[0][0].item() == 11.0);
  BOOST_TEST(columns[2][1].item() == 16.0);
  BOOST_TEST(part[1][0].item() == 15.0);
  BOOST_TEST((columns.strides() == Shape{1, 3} && !columns.is_contiguous()));
  BOOST_TEST((columns.contiguous().strides() == Shape{2, 1}));
  BOOST_TEST(columns.contiguous()[2][1].item() == 16.0);
  BOOST_TEST((expand(x[0], {2, 3}).strides() == Shape{0, 1}));
  BOOST_CHECK_EXCEPTION(columns.values<float>(), Error,
                        thrown(ErrorKind::state, {"[3, 2]", "[1, 3]", "contiguous()"}));
}

BOOST_AUTO_TEST_CASE(indices_and_axes) {
  const Tensor x = zeros({2, 3});
  BOOST_TEST((x.size(-1) == 3 && x.size(0) == 2));
  BOOST_CHECK_EXCEPTION(x.size(2), Error, thrown(ErrorKind::index, {"2", "[-2, 2)"}));
  BOOST_CHECK_EXCEPTION(x[2], Error, thrown(ErrorKind::index, {"2"}));
  BOOST_CHECK_EXCEPTION(x[-3], Error, thrown(ErrorKind::index, {"-3"}));
  BOOST_CHECK_EXCEPTION(scalar_tensor(1)[0], Error, thrown(ErrorKind::index, {"0-d"}));
}

BOOST_AUTO_TEST_CASE(reading_the_wrong_type) {
  Tensor x = zeros({2});
  BOOST_CHECK_EXCEPTION(x.data<double>(), Error, thrown(ErrorKind::dtype, {"f32", "f64"}));
  BOOST_CHECK_EXCEPTION(x.mutable_data<int>(), Error, thrown(ErrorKind::dtype, {"f32", "i32"}));
}

BOOST_AUTO_TEST_CASE(an_undefined_tensor) {
  const Tensor none;
  BOOST_TEST(!none.defined());
  BOOST_TEST(!none.shares_storage(none));
  const auto undefined = thrown(ErrorKind::state, {"undefined"});
  BOOST_CHECK_EXCEPTION(none.shape(), Error, undefined);
  BOOST_CHECK_EXCEPTION(none.item(), Error, undefined);
  BOOST_CHECK_EXCEPTION(none + 1, Error, undefined);
  BOOST_CHECK_EXCEPTION(sum(none), Error, undefined);
  BOOST_CHECK_EXCEPTION(none.requires_grad(), Error, undefined);
}

BOOST_AUTO_TEST_CASE(spans_of_all_kinds) {
  std::vector<float> floats{1, 2, 3};
  const float three[] = {1, 2, 3};
  BOOST_TEST((tensor(std::span(floats), {3, 1}).shape() == Shape{3, 1}));
  BOOST_TEST((tensor(std::span(three)).shape() == Shape{3}));
  BOOST_TEST(tensor(std::span(floats)).values<float>()[2] == 3);
  BOOST_TEST((tensor<float>(std::span<const float>(floats), {3}).shape() == Shape{3}));
  BOOST_TEST((tensor<float>(std::array<float, 2>{1, 2}, {2}).shape() == Shape{2}));
}

BOOST_AUTO_TEST_CASE(sizes_beyond_reason) {
  BOOST_CHECK_EXCEPTION(zeros({-1}), Error, thrown(ErrorKind::shape, {"-1"}));
  BOOST_CHECK_EXCEPTION(zeros({1 << 30, 1 << 30, 1 << 30}), Error,
                        thrown(ErrorKind::memory, {"f32"}));
  BOOST_CHECK_EXCEPTION(zeros({1, 1, 1, 1, 1, 1, 1, 1, 1}), Error, thrown(ErrorKind::shape, {"8"}));
  BOOST_TEST((zeros({1 << 20, 0, 1 << 20}).numel() == 0));
  BOOST_CHECK_EXCEPTION(zeros({1 << 30, 0, 1 << 30, 1 << 30}), Error,  // as NumPy has it
                        thrown(ErrorKind::memory, {"f32"}));
}

BOOST_AUTO_TEST_CASE(a_parameter_without_values) {
  Tensor w = internal::valueless_tensor({2, 3}, f32);
  w.set_name("hidden.weight");
  BOOST_TEST((!w.has_values() && w.numel() == 6));
  BOOST_CHECK_EXCEPTION(
      w + 1, Error,
      thrown(ErrorKind::state, {"add: hidden.weight has no values yet", "initialize"}));
}

BOOST_AUTO_TEST_CASE(broadcast_errors_name_both_shapes) {
  BOOST_CHECK_EXCEPTION(zeros({2, 3}) + zeros({2, 4}), Error,
                        thrown(ErrorKind::shape, {"add", "[2, 3]", "[2, 4]"}));
  BOOST_TEST(((zeros({2, 1}) + zeros({3})).shape() == Shape{2, 3}));
}

BOOST_AUTO_TEST_SUITE_END()
