// Every row in other element types than f64, and against its reference value.
#include <attune/error.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "tests/ops/cases.hpp"

namespace {

using namespace attune;
using namespace attune::tests;

BOOST_AUTO_TEST_SUITE(types)

BOOST_AUTO_TEST_CASE(f64_has_the_reference_value) {
  for (const Case& row : cases()) {
    if (!row.traits.value) continue;
    BOOST_TEST_CONTEXT(row.family << ' ' << row.name) {
      const std::vector<Tensor> x = draw_all(row);
      std::vector<std::vector<double>> elements;
      for (const Tensor& operand : x) elements.push_back(reals(operand));
      std::vector<double> expected;
      for (std::size_t i = 0; i < elements.at(0).size(); ++i) {
        std::vector<double> at;
        for (const std::vector<double>& operand : elements) at.push_back(operand[i]);
        expected.push_back(row.traits.value(at.data()));
      }
      const Tensor y = row(x);
      BOOST_TEST(distance(y, tensor(expected, x[0].shape())) <= row.traits.f64_tolerance);
    }
  }
}

BOOST_AUTO_TEST_CASE(f32_is_near_f64) {
  for (const Case& row : cases()) {
    BOOST_TEST_CONTEXT(row.family << ' ' << row.name) {
      std::vector<Tensor> narrow = draw_all(row), wide = narrow;
      bool floats = false;
      for (std::size_t i = 0; i < wide.size(); ++i) {
        if (wide[i].dtype() != f64) continue;
        narrow[i] = wide[i].to(f32);
        wide[i] = narrow[i].to(f64);
        floats = true;
      }
      if (!floats) continue;
      const Tensor y = row(narrow);
      BOOST_TEST(y.dtype() != f64);
      BOOST_TEST(distance(y, row(wide)) <= row.traits.f32_tolerance);
    }
  }
}

// Whole numbers in the integer types and in bool: the value that f64 gives, or an error about the
// type.
BOOST_AUTO_TEST_CASE(integers_agree_with_f64) {
  for (const Case& row : cases()) {
    if (!row.traits.elementwise || row.inputs.empty()) continue;
    for (const DType dtype : {i64, i32, u8, boolean}) {
      BOOST_TEST_CONTEXT(row.family << ' ' << row.name << ' ' << dtype) {
        std::vector<Tensor> x, wide;
        for (std::size_t i = 0; i < row.inputs.size(); ++i) {
          x.push_back(draw_whole(row, i, {3, 4}, dtype));
          wide.push_back(x.back().to(f64));
        }
        try {
          const Tensor y = row(x);
          const Tensor reference = row(wide);
          if (is_floating(y.dtype())) {
            BOOST_TEST(distance(y, reference) <= row.traits.f32_tolerance);
          } else {
            BOOST_TEST(same_bits(y.to(i64), reference.to(i64).to(y.dtype()).to(i64)));
          }
        } catch (const Error& error) {
          BOOST_TEST(name(error.kind()) == name(ErrorKind::dtype), error.what());
        }
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
