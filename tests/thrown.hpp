// What a test says of an error:
// BOOST_CHECK_EXCEPTION(call, Error, thrown(ErrorKind::shape, "[2, 3]")).
#pragma once

#include <attune/error.hpp>
#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace attune::tests {

// True for an error of the kind whose message holds every one of the texts.
inline auto thrown(ErrorKind kind, std::vector<std::string> texts) {
  return [kind, texts](const Error& error) {
    const std::string_view message = error.what();
    bool as_expected = error.kind() == kind;
    if (!as_expected) BOOST_TEST_MESSAGE("kind " << name(error.kind()));
    for (const std::string& text : texts) {
      if (message.find(text) != message.npos) continue;
      BOOST_TEST_MESSAGE("without \"" << text << "\"");
      as_expected = false;
    }
    if (!as_expected) BOOST_TEST_MESSAGE("message: " << message);
    return as_expected;
  };
}

}  // namespace attune::tests
