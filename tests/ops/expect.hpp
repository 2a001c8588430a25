// Words for tests of single operations.
#pragma once

#include <attune/error.hpp>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <string>
#include <vector>

#include "tests/ops/cases.hpp"

namespace attune::tests {

// The elements as double are exactly these; a NaN equals a NaN.
inline void expect_elements(const Tensor& x, const std::vector<double>& expected) {
  const std::vector<double> elements = reals(x);
  BOOST_TEST_REQUIRE(elements.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    BOOST_TEST(
        (elements[i] == expected[i] || (elements[i] != elements[i] && expected[i] != expected[i])),
        "element " << i << " is " << elements[i] << ", not " << expected[i]);
  }
}

// An Error of the kind whose message contains all the words.
inline void expect_error(ErrorKind kind, const std::function<void()>& call,
                         const std::vector<std::string>& words) {
  try {
    call();
    BOOST_TEST(false, "no error");
  } catch (const Error& error) {
    const std::string message = error.what();
    BOOST_TEST(name(error.kind()) == name(kind), message);
    for (const std::string& word : words) {
      BOOST_TEST((message.find(word) != std::string::npos),
                 '"' << word << "\" is not in: " << message);
    }
  }
}

}  // namespace attune::tests
