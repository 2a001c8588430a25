// Rows as lines of text.
#pragma once

#include <string>

#include "bench/runner/limits.hpp"
#include "bench/runner/row.hpp"

namespace bench {

std::string header();
std::string line(const Row& row);
std::string text(const Limits& limits);  // some lines

std::string duration(double seconds);  // "3.36 us"

}  // namespace bench
