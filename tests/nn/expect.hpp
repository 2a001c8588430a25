// An error of a kind, whose message holds some words.
#pragma once

#include <attune/error.hpp>
#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

template <class F>
void expect_error(attune::ErrorKind kind, std::string_view words, F&& f) {
  try {
    f();
    BOOST_ERROR("no error with \"" << words << '"');
  } catch (const attune::Error& error) {
    BOOST_TEST(name(error.kind()) == std::string_view(name(kind)), error.what());
    BOOST_TEST(std::string_view(error.what()).find(words) != std::string_view::npos,
               "not in the message: " << words << "\n  " << error.what());
  }
}
